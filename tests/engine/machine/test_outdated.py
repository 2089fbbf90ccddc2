"""Going back where steps have `needs`: what depends on a step is done again."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine.scope import scope
from tests.engine.machine.forking_given import forked, told
from tests.engine.machine.given import (
    ANA,
    Given,
    gate_step,
    loop_step,
    parallel_step,
    plan,
    set_step,
    shell_step,
)

# draft ─┬─ ask ─┬─ send ── last
# facts ─┼───────┘
#        └─ note
DRAFT, FACTS = shell_step("draft", needs=()), shell_step("facts", needs=())
ASK = replace(gate_step("ask"), needs=("draft",))
SEND, LAST = (
    shell_step("send", needs=("ask", "facts")),
    set_step("last", needs=("send",)),
)
NOTE = set_step("note", needs=("facts",))
WHOLE = plan(DRAFT, FACTS, ASK, SEND, LAST, NOTE)


def sent() -> Given:
    """A run in which `send` is done, and `last` and `note` are ready."""
    run = Given(WHOLE)
    run.succeed("draft", {"x": 1})
    run.succeed("facts", {"x": 2})
    run.ask("ask")
    run.decide("approve")
    run.succeed("send")
    return run


def back(run: Given, to: str) -> None:
    run.now += 1
    run.do(c.GoBack(to, ANA))


def newest(run: Given) -> dict[str, str]:
    """How the newest visits stand; `outdated` for those that no longer count."""
    assert run.state is not None
    steps = [run.state.steps[path] for path in run.state.latest.values()]
    return {s.path: "outdated" if s.outdated else s.status.value for s in steps}


@pytest.mark.parametrize(
    ("to", "stands"),
    [
        (
            "draft",
            "draft#2 ready, facts succeeded, ask outdated, send outdated,"
            " last outdated, note ready",
        ),
        (
            "ask",
            "draft succeeded, facts succeeded, ask#2 ready, send outdated,"
            " last outdated, note ready",
        ),
        (
            "send",
            "draft succeeded, facts succeeded, ask succeeded, send#2 ready,"
            " last outdated, note ready",
        ),
        (
            "facts",
            "draft succeeded, facts#2 ready, ask succeeded, send outdated,"
            " last outdated, note outdated",
        ),
        (
            "last",
            "draft succeeded, facts succeeded, ask succeeded, send succeeded,"
            " last#2 ready, note ready",
        ),
    ],
)
def test_exactly_what_depends_on_a_step_is_outdated(to: str, stands: str) -> None:
    run = sent()
    back(run, to)
    assert newest(run) == dict(each.split() for each in stands.split(", "))


def test_what_is_outdated_is_done_again_when_what_it_needs_is_done() -> None:
    run = sent()
    back(run, "draft")
    run.succeed("draft#2")
    run.succeed("note")
    assert newest(run)["send"] == "outdated"
    run.ask("ask#2", "a2")
    run.decide("approve", approval="a2")
    run.succeed("send#2")
    run.succeed("last#2")
    assert run.status == "succeeded"


def test_a_yes_that_counted_before_does_not_count() -> None:
    run = sent()
    back(run, "draft")
    run.succeed("draft#2")
    assert (run.step("ask#2"), newest(run)["send"]) == ("ready", "outdated")
    run.ask("ask#2", "a2")
    run.now += 1
    run.decide("reject", approval="a2")
    assert run.status == "failed"
    for to in ("send", "last", "facts"):
        with pytest.raises(CommandRefused, match="ana answered `reject` at ask#2"):
            back(run, to)


def test_nobody_goes_back_to_what_needs_something_outdated() -> None:
    run = sent()
    back(run, "draft")
    with pytest.raises(CommandRefused, match="send needs ask, which is not done"):
        back(run, "send")
    run.succeed("draft#2")
    run.ask("ask#2", "a2")
    with pytest.raises(CommandRefused, match="last needs send, which is not done"):
        back(run, "last")


@pytest.mark.parametrize("to", ["ask", "draft"])
def test_who_goes_back_after_a_no_is_asked_again(to: str) -> None:
    run = Given(WHOLE)
    run.succeed("draft")
    run.begin("facts")
    run.ask("ask")
    run.now += 1
    run.decide("reject")
    back(run, to)
    assert run.status == "running"
    # What was ended with the run goes on: it may have happened, and is asked about.
    assert run.step("facts") == "interrupted"
    run.do(c.ResolveStep("facts", "again", ANA))
    run.succeed("facts")
    if to == "draft":
        run.succeed("draft#2")
    assert "send" not in newest(run)
    run.ask("ask#2", "a2")
    run.decide("approve", approval="a2")
    assert run.step("send") == "ready"


def test_an_open_question_that_depends_on_it_is_withdrawn() -> None:
    run = Given(WHOLE)
    run.succeed("draft")
    run.ask("ask")
    back(run, "draft")
    assert (run.approval(), run.step("facts")) == ("withdrawn", "ready")


def test_what_is_at_work_beside_it_stays_at_work() -> None:
    run = Given(WHOLE)
    run.succeed("draft")
    run.begin("facts")
    back(run, "draft")
    assert (run.step("facts"), run.step("draft#2")) == ("running", "ready")


def test_what_failed_is_done_again_with_what_it_depends_on() -> None:
    run = Given(WHOLE)
    run.succeed("draft")
    run.succeed("facts")
    run.ask("ask")
    run.decide("approve")
    run.fail("send")
    with pytest.raises(CommandRefused, match="run r1 failed at send"):
        back(run, "note")
    back(run, "facts")
    assert newest(run)["send"] == "outdated"
    run.succeed("facts#2")
    assert (run.step("send#2"), run.step("note#2")) == ("ready", "ready")
    with pytest.raises(CommandRefused, match="gone on from send already"):
        run.do(c.SkipStep("send", "by hand", ANA))


def test_what_is_outdated_is_not_read() -> None:
    run = sent()
    assert run.state is not None
    back(run, "draft")
    names = scope(run.plan, run.state, run.now)
    assert (set(names["outputs"]), names["decisions"]) == ({"facts"}, {})


def test_a_loop_that_depends_on_it_is_gone_through_again() -> None:
    each = loop_step("each", "[1, 2]", shell_step("x"))
    run = Given(plan(DRAFT, replace(each, needs=("draft",)), FACTS))
    run.succeed("draft")
    run.succeed("each[1]/x")
    run.begin("each[2]/x")
    back(run, "draft")
    assert (run.step("each"), run.step("each[2]/x")) == ("cancelled", "cancelled")
    with pytest.raises(CommandRefused, match="gone on from each"):
        back(run, "each[1]/x")
    run.succeed("draft#2")
    assert run.step("each#2[1]/x") == "ready"


def test_a_graph_in_a_branch_is_gone_back_in_by_itself() -> None:
    held = parallel_step("p", a=(DRAFT, ASK, FACTS), b=shell_step("y"))
    run = Given(plan(held))
    run.succeed("p[a]/draft")
    run.ask("p[a]/ask")
    run.decide("reject")
    run.fail("p[b]/y")
    assert run.status == "failed"
    back(run, "p[a]/draft")
    assert (run.status, run.step("p[a]/facts")) == ("running", "ready")
    assert run.state is not None
    assert (run.state.steps["p"].arms or {})["b"].status == "failed"


def test_a_step_that_was_done_often_enough_is_not_come_to_again() -> None:
    send = replace(SEND, max_visits=1)
    run = Given(plan(DRAFT, FACTS, ASK, send, LAST))
    run.succeed("draft")
    run.succeed("facts")
    run.ask("ask")
    run.decide("approve")
    with pytest.raises(CommandRefused, match="send was visited 1 times"):
        back(run, "draft")


def test_after_its_time_was_up_the_rest_goes_on_as_well() -> None:
    run = Given(plan(*WHOLE.workflow.steps, timeout=60))
    run.succeed("draft")
    run.now += 60
    run.do(c.FireTimer(""))
    back(run, "draft")
    assert (run.step("draft#2"), run.step("facts")) == ("ready", "ready")
    assert newest(run)["ask"] == "outdated"


def test_a_roll_back_undoes_what_was_outdated_as_well() -> None:
    undone = replace(SEND, undo=SEND.do)
    run = Given(plan(DRAFT, FACTS, ASK, undone, LAST))
    run.succeed("draft")
    run.succeed("facts")
    run.ask("ask")
    run.decide("approve")
    run.succeed("send")
    back(run, "send")
    with pytest.raises(CommandRefused, match="send is outdated; say a step that"):
        run.do(c.RollBack("send", ANA))
    run.do(c.RollBack("draft", ANA))
    assert run.step("send~undo") == "ready"


def test_a_fork_takes_over_what_counts_and_no_more() -> None:
    run = sent()
    back(run, "draft")
    run.succeed("draft#2", {"x": 3})
    verdicts = told(run, "note")
    assert verdicts["send"][0] == "re-run"
    assert "outdated" in verdicts["draft"][1]
    again = forked(run, "note")
    assert again.state is not None
    assert again.state.steps["draft"].output == {"x": 3}
    assert (again.step("draft"), again.step("ask")) == ("succeeded", "ready")
