"""Where a run in flight may go on by a newer version, and where it would break."""

from __future__ import annotations

import pytest

from engine.definition.kinds import Choice
from engine.definition.model import ContextSource, Route, Step
from engine.definition.typed import Field
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine.adopting import breaks, carried_on
from engine.machine.plan import Plan
from tests.engine.machine.forking_given import saying
from tests.engine.machine.given import (
    ANA,
    DIGEST,
    Given,
    gate_step,
    loop_step,
    parallel_step,
    plan,
    reading,
    set_step,
    shell_step,
)

A, B, C = set_step("a"), set_step("b"), set_step("c")
NEW = set_step("new")


def against(run: Given, new: Plan) -> dict[str, str]:
    assert run.state is not None
    return {each.path: each.why for each in breaks(run.plan, new, run.state)}


def at_b(*steps: Step, **about: object) -> Given:
    """A run that has done `a`, and whose second step is ready."""
    run = Given(plan(*(steps or (A, B, C)), **about))
    run.succeed("a", {"x": 1})
    return run


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param((A, B, C), {}, id="the same steps"),
        pytest.param((A, reading("b", "2"), C), {}, id="another text"),
        pytest.param((A, B, C, NEW), {}, id="a new step at the end"),
        pytest.param((A, B, NEW, C), {}, id="a new step ahead"),
        pytest.param((A, B), {}, id="a step that was not reached is gone"),
        pytest.param(
            (B, C),
            {"a": "the new version has no such step"},
            id="a done one is gone",
        ),
        pytest.param(
            (A, C), {"b": "the new version has no such step"}, id="what is next is gone"
        ),
        pytest.param(
            (A, shell_step("b"), C), {"b": "it was set and is shell"}, id="another kind"
        ),
        pytest.param(
            (A, NEW, B, C),
            {"new": "it stands before b now, which has begun"},
            id="a new step that would be passed over",
        ),
        pytest.param(
            (A, C, B),
            {"c": "it stands before b now, which has begun"},
            id="an old one that would be",
        ),
        pytest.param(
            (B, A, C),
            {"a": "it stands after b now, and would come twice"},
            id="one that would come twice",
        ),
        pytest.param(
            (A, B, reading("c", "outputs.a.x")), {}, id="reading what was left"
        ),
        pytest.param(
            (A, B, reading("c", "outputs.a.y")),
            {"a": "c reads outputs.a.y, which it did not leave"},
            id="reading what was not",
        ),
        pytest.param(
            (A, parallel_step("p", x=B), C),
            {"b": "it stands in another list"},
            id="another place",
        ),
    ],
)
def test_a_version_is_adopted_only_where_nothing_is_passed_over(
    steps: tuple[Step, ...], expected: dict[str, str]
) -> None:
    assert against(at_b(), plan(*steps)) == expected


def test_in_a_graph_a_step_that_would_never_be_met_breaks() -> None:
    a, b = set_step("a", needs=()), set_step("b", needs=("a",))
    run = at_b(a, b)
    late = set_step("late", needs=("a",))
    waits = set_step("waits", needs=("b",))
    why = "all that it needs has ended before it was there"
    assert against(run, plan(a, b, waits)) == {}
    assert against(run, plan(a, b, late)) == {"late": why}
    assert against(run, plan(a, set_step("b", needs=()))) == {
        "b": "it needs other steps"
    }


OPEN = "it is open, and who may decide or what follows changed"


@pytest.mark.parametrize(
    ("gate", "why"),
    [
        (gate_step(title="Really?"), None),
        (gate_step(approvers=("bob",)), OPEN),
        (gate_step(required=2), OPEN),
        (gate_step(choices=(Choice(name="approve", approves=True),)), OPEN),
        (gate_step(route=(Route(to="end", choice="approve"),)), OPEN),
    ],
)
def test_an_open_gate_keeps_its_question_and_its_rules(
    gate: Step, why: str | None
) -> None:
    run = Given(plan(gate_step(), C))
    run.ask()
    assert against(run, plan(gate, C)).get("gate") == why
    if why is None:
        run.adopt(plan(gate, C), c.AdoptVersion("v2", {}, {}, ANA))
        run.decide("approve", digest=DIGEST)
        assert run.step("c") == "ready"


@pytest.mark.parametrize(
    "newer",
    [
        loop_step("m", '["u"]', shell_step("p"), name="market"),
        loop_step("m", '["u"]', set_step("p")),
    ],
)
def test_what_is_under_way_in_arms_must_stay_as_it_is(newer: Step) -> None:
    run = Given(plan(loop_step("m", '["u", "v"]', shell_step("p"))))
    assert against(run, plan(newer))
    assert against(run, plan(loop_step("m", '["w"]', shell_step("p")))) == {}


def test_a_branch_that_is_new_is_not_begun_half_way() -> None:
    run = Given(plan(parallel_step("p", x=A, y=B)))
    newer = plan(parallel_step("p", x=A, y=B, z=C))
    why = "its branches, or what its items are called, changed"
    assert against(run, newer) == {"p": why}


def test_a_context_that_was_built_without_what_is_read_now_breaks() -> None:
    days = {"days": ContextSource(expr="1")}
    run = Given(plan(A, B, context=days))
    run.succeed("@context", {"values": {"days": {"left": 1}}})
    newer = plan(A, reading("b", "days.gone"), context=days)
    why = {"@context": "b reads days.gone, which it did not leave"}
    assert against(run, newer) == why


def test_context_that_is_new_is_looked_up_for_a_later_step_and_not_for_the_rules() -> (
    None
):
    days = {"days": ContextSource(expr="1")}
    run = Given(plan(A, B, context=days))
    run.succeed("@context", {"values": {"days": 1}})
    more = {**days, "hours": ContextSource(expr="2")}
    judged = plan(A, set_step("b", when="hours > 1"), context=more)
    why = {"@context": "b reads hours, which it did not leave"}
    assert against(run, judged) == why
    newer = plan(A, reading("b", "hours"), context=more)
    assert against(run, newer) == {}
    run.adopt(newer, c.AdoptVersion("v2", {}, {}, ANA))
    run.succeed("a")
    assert (run.step("b"), run.step("@context#2")) == ("waiting", "ready")
    run.succeed("@context#2", {"values": {"hours": 2}})
    assert run.step("b") == "ready"


def test_the_run_goes_on_by_the_version_it_adopted() -> None:
    run = at_b()
    newer = plan(A, B, NEW, inputs={"k": Field()})
    run.adopt(newer, c.AdoptVersion("v2", {"agent/x": "v3"}, {"k": 1}, ANA))
    assert run.state is not None
    assert (run.state.version, run.state.inputs) == ("v2", {"k": 1})
    run.succeed("b")
    assert run.step("new") == "ready"


def test_a_break_is_refused_with_the_step() -> None:
    run = at_b()
    with pytest.raises(CommandRefused, match="would break at a: the new version has"):
        run.adopt(plan(B), c.AdoptVersion("v2", {}, {}, ANA))


def test_a_run_that_has_ended_adopts_nothing() -> None:
    run = at_b()
    run.do(c.CancelRun(ANA))
    with pytest.raises(CommandRefused, match="is cancelled; only a running or"):
        run.adopt(plan(A, B), c.AdoptVersion("v2", {}, {}, ANA))


def test_the_version_a_run_goes_by_is_not_adopted_again() -> None:
    run = at_b()
    with pytest.raises(CommandRefused, match="goes by that version already"):
        run.adopt(run.plan, c.AdoptVersion("v1", {}, {}, ANA))


def test_a_retry_by_a_newer_version_keeps_what_has_been_done() -> None:
    run = Given(plan(saying("a", "1"), saying("b", "2"), C))
    run.succeed("a")
    run.fail("b")
    newer = plan(saying("a", "other"), saying("b", "good"), NEW)
    assert run.state is not None
    told = carried_on(run.plan, newer, run.state, {})
    assert [(v.path, v.what, v.why) for v in told] == [
        ("a", "reused", "its text changed, but it has been done"),
        ("b", "re-run", "it failed"),
        ("new", "new", "it is new in the text"),
    ]
    run.adopt(newer, c.AdoptVersion("v2", {}, {}, ANA))
    run.do(c.RetryRun(ANA))
    run.succeed("b")
    assert run.step("new") == "ready"
