"""What a fork keeps of the old run, what it does again, and why."""

from __future__ import annotations

import pytest

from engine.definition.kinds import Llm, Shell
from engine.definition.model import Agent, Branch, ContextSource, Route, Step
from engine.definition.typed import Field
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.costs import costs
from engine.machine.forking import start_of
from engine.machine.plan import Plan
from engine.machine.state import Usage
from tests.engine.machine.forking_given import forked, saying, told
from tests.engine.machine.given import (
    ANA,
    DIGEST,
    Given,
    gate_step,
    loop_step,
    parallel_step,
    plan,
    set_step,
    shell_step,
)

THREE = plan(saying("a", "a"), saying("b", "{{ inputs.who }}"), saying("c", "c"))


def done(made: Plan, *paths: str, **started: object) -> Given:
    run = Given(made, **started)
    for path in paths:
        run.succeed(path, {"said": path})
    return run


FOLLOWS_B = "it follows b, which is re-run"


@pytest.mark.parametrize(
    ("new", "start", "about", "expected"),
    [
        pytest.param(
            THREE,
            "b",
            {},
            {
                "a": ("reused", ""),
                "b": ("re-run", "the fork begins here"),
                "c": ("re-run", FOLLOWS_B),
            },
            id="what stands before the step is kept",
        ),
        pytest.param(
            THREE,
            "c",
            {"inputs": {"who": "bob"}},
            {
                "a": ("reused", ""),
                "b": ("re-run", "it reads inputs.who, which changed"),
                "c": ("re-run", FOLLOWS_B),
            },
            id="what reads an edited input is done again",
        ),
        pytest.param(
            THREE,
            "c",
            {"code": {"b": "tools/b.py"}},
            {
                "a": ("reused", ""),
                "b": ("re-run", "it ran tools/b.py, which changed"),
                "c": ("re-run", FOLLOWS_B),
            },
            id="what ran code that changed is done again",
        ),
        pytest.param(
            THREE,
            "c",
            {"outputs": {"a": {"said": "other"}}},
            {
                "a": ("reused", "with the output you gave"),
                "b": ("re-run", "it follows a, whose output you gave"),
                "c": ("re-run", FOLLOWS_B),
            },
            id="an output that is given is gone by",
        ),
        pytest.param(
            plan(saying("a", "a"), saying("b", "new"), saying("c", "c")),
            "c",
            {},
            {
                "a": ("reused", ""),
                "b": ("re-run", "its text changed"),
                "c": ("re-run", FOLLOWS_B),
            },
            id="what is written otherwise is done again",
        ),
        pytest.param(
            plan(saying("a", "a"), saying("n", "n"), *THREE.workflow.steps[1:]),
            "c",
            {},
            {
                "a": ("reused", ""),
                "b": ("re-run", "after a comes n now"),
                "c": ("re-run", FOLLOWS_B),
                "n": ("new", "it is new in the text"),
            },
            id="nothing is kept behind a step that is new",
        ),
        pytest.param(
            plan(saying("a", "a"), saying("c", "c")),
            "c",
            {},
            {
                "a": ("reused", ""),
                "b": ("gone", "the new version has no such step"),
                "c": ("re-run", "it follows b, which is gone"),
            },
            id="nor behind one that is gone",
        ),
    ],
)
def test_a_list_is_kept_up_to_its_first_change(
    new: Plan, start: str, about: dict[str, object], expected: dict[str, object]
) -> None:
    run = done(THREE, "a", "b", "c", inputs={"who": "ana"})
    assert told(run, start, new, **about) == expected


def test_in_a_graph_only_what_needs_the_step_is_done_again() -> None:
    graph = plan(
        set_step("a", needs=()),
        set_step("b", needs=()),
        set_step("c", needs=("a",)),
        set_step("d", needs=("b", "c")),
    )
    verdicts = told(done(graph, "a", "b", "c", "d"), "a")
    assert {path: what for path, (what, _) in verdicts.items()} == {
        "a": "re-run",
        "b": "reused",
        "c": "re-run",
        "d": "re-run",
    }


def test_the_new_run_begins_with_what_is_kept() -> None:
    run = forked(done(THREE, "a", "b", "c"), "b")
    assert run.state is not None
    assert (run.step("a"), run.step("b")) == ("succeeded", "ready")
    (reused,) = [x.event for x in run.entries if isinstance(x.event, e.StepReused)]
    assert (reused.run, reused.source, reused.output) == ("r1", "a", {"said": "a"})
    assert "c" not in run.state.steps


def test_finished_arms_are_kept_when_another_is_done_again() -> None:
    loop = plan(
        set_step("a"), loop_step("m", '["x", "y"]', set_step("p")), set_step("z")
    )
    run = done(loop, "a", "m[x]/p", "m[y]/p", "z")
    again = forked(run, "m[y]/p")
    assert again.step("m[x]/p") == "succeeded"
    assert again.step("m[y]/p") == "ready"
    again.succeed("m[y]/p", {})
    assert again.step("m") == "succeeded"
    assert again.step("z") == "ready"


def test_arms_that_are_done_are_kept_though_what_holds_them_failed() -> None:
    steps = saying("p", "p"), saying("q", "q")
    loop = plan(loop_step("m", '["x", "y", "z"]', *steps), set_step("last"))
    run = done(loop, "m[x]/p", "m[y]/p", "m[z]/p", "m[x]/q")
    run.fail("m[y]/q")
    run.fail("m[z]/q")
    assert told(run, "m[y]/q") == {
        "m": ("re-run", "it failed"),
        "m[x]/p": ("reused", ""),
        "m[y]/p": ("reused", ""),
        "m[z]/p": ("reused", ""),
        "m[x]/q": ("reused", ""),
        "m[y]/q": ("re-run", "the fork begins here"),
        "m[z]/q": ("re-run", "it failed"),
        "last": ("new", "the old run did not come to it"),
    }
    again = forked(run, "m[y]/q")
    again.succeed("m[y]/q", {})
    again.succeed("m[z]/q", {})
    assert (again.step("m"), again.step("last")) == ("succeeded", "ready")


def test_of_what_holds_steps_and_is_another_no_arm_is_kept_whatever_became_of_it() -> (
    None
):
    before = plan(loop_step("m", '["x", "y"]', saying("p", "p")))
    after = plan(loop_step("m", '["x", "z"]', saying("p", "p")))
    run = done(before, "m[x]/p")
    run.fail("m[y]/p")
    verdicts = told(run, "m[y]/p", after)
    assert verdicts["m"] == ("re-run", "its text changed")
    assert verdicts["m[x]/p"] == ("re-run", "m is re-run")


def test_a_step_reads_what_is_in_its_own_arm_and_around_it_and_no_other() -> None:
    steps = saying("p", "p"), saying("q", "{{ outputs.p.said }} {{ outputs.a.said }}")
    loop = plan(set_step("a"), loop_step("m", '["x", "y"]', *steps))
    run = done(loop, "a", "m[x]/p", "m[y]/p", "m[x]/q", "m[y]/q")
    edited = told(run, "m[y]/q", outputs={"m[y]/p": {"said": "else"}})
    assert edited["m[x]/q"] == ("reused", "")
    assert edited["m[y]/q"][0] == "re-run"
    assert told(run, "m[y]/q", outputs={"a": {"said": "else"}})["m[x]/q"][0] == "re-run"


def test_a_branch_that_watches_what_is_done_again_is_done_again() -> None:
    watching = Branch("w", (set_step("b"),), watches=("v",))
    both = plan(parallel_step("p", v=set_step("a"), w=watching, x=set_step("c")))
    verdicts = told(done(both, "p[v]/a", "p[w]/b", "p[x]/c"), "p[v]/a")
    assert verdicts["p[w]/b"] == ("re-run", "it watches v, which is re-run")
    assert verdicts["p[x]/c"] == ("reused", "")
    assert verdicts["p"] == ("re-run", "p[v]/a in it is re-run")


LOOP = (Route(to="draft", choice="rework"), Route(to="send", choice="approve"))


def reviewed(choice: str = "approve", **gate: object) -> Given:
    """draft, gate: rework, draft#2, gate#2: decided, send."""
    made = plan(set_step("draft"), gate_step(route=LOOP, **gate), shell_step("send"))
    run = done(made, "draft")
    run.ask()
    run.decide("rework")
    run.succeed("draft#2", {"text": "two"})
    run.ask("gate#2", "a2")
    run.decide(choice, approval="a2")
    if choice == "approve":
        run.succeed("send", {})
    return run


def test_decisions_are_kept_with_who_made_them() -> None:
    run = forked(reviewed(), "send")
    assert run.state is not None
    assert [*run.state.steps] == ["draft", "gate", "draft#2", "gate#2", "send"]
    assert run.step("send") == "ready"
    assert run.approval("a2") == "approved"
    assert run.state.approvals["a2"].decisions[0].by.name == "ana"
    assert run.state.steps["send"].approved == DIGEST


def test_a_gate_is_asked_again_when_what_stands_before_it_is_done_again() -> None:
    run = forked(reviewed(), "draft#2")
    assert run.step("draft#2") == "ready"
    run.succeed("draft#2", {"text": "three"})
    assert run.step("gate#2") == "ready"


@pytest.mark.parametrize(
    ("gate", "why"),
    [
        ({"risk": "high"}, "a gate of high risk is asked again"),
        ({"title": "Send it on {{ today }}?"}, "what it asks names `today`"),
    ],
)
def test_a_gate_whose_question_would_be_another_is_asked_again(
    gate: dict[str, object], why: str
) -> None:
    assert told(reviewed(**gate), "send")["gate"] == ("re-run", why)


def test_a_gate_that_nobody_decided_on_is_asked_again() -> None:
    late = (Route(to="send", choice="expired"),)
    made = plan(
        gate_step(route=late, timeout=60, on_timeout="expire"), shell_step("send")
    )
    run = Given(made)
    run.ask()
    run.now += 60
    run.do(c.FireTimer("gate"))
    run.succeed("send", {})
    why = "nobody decided: it was expired"
    assert told(run, "send")["gate"] == ("re-run", why)
    assert forked(run, "send").step("gate") == "ready"


def test_a_no_that_is_kept_stays_a_no() -> None:
    made = plan(
        gate_step(route=(Route(to="other", choice="reject"),)),
        shell_step("send"),
        shell_step("other"),
    )
    run = Given(made)
    run.ask()
    run.decide("reject")
    run.succeed("other", {})
    again = forked(run, "other")
    assert again.state is not None
    assert [*again.state.steps] == ["gate", "other"]


def test_a_changed_agent_changes_the_steps_that_ask_it() -> None:
    ask = Step(id="ask", kind="llm", do=Llm(prompt="?", agent="writer"))
    before = plan(ask, set_step("z"), agents={"writer": Agent("writer", system="a")})
    after = plan(ask, set_step("z"), agents={"writer": Agent("writer", system="b")})
    verdicts = told(done(before, "ask", "z"), "z", after)
    assert verdicts["ask"] == ("re-run", "its agent writer changed")


def test_a_step_template_reads_its_own_inputs_and_not_the_runs() -> None:
    used = saying("a", "{{ inputs.who }}", template="t", with_={"who": "x"})
    fields = {"who": Field()}
    run = done(plan(used, set_step("z"), inputs=fields), "a", "z", inputs={"who": "1"})
    assert told(run, "z", inputs={"who": "2"})["a"] == ("reused", "")


def test_what_a_step_has_cost_is_what_doing_it_again_comes_to() -> None:
    run = Given(plan(set_step("a")))
    attempt = run.begin("a")
    run.now += 3
    usage = Usage(input_tokens=30, output_tokens=12)
    run.do(c.ReportSuccess("a", attempt, "w1", {}, usage=usage))
    found = costs(run.entries)["a"]  # type: ignore[arg-type]
    assert (found.tokens, found.seconds) == (42, 3.0)


@pytest.mark.parametrize(
    ("name", "means"), [("draft", "draft#2"), ("draft#1", "draft"), ("send", "send")]
)
def test_a_steps_id_means_its_newest_visit(name: str, means: str) -> None:
    run = reviewed()
    assert run.state is not None
    assert start_of(run.state, name) == means


def test_a_step_the_run_has_not_been_to_is_refused_with_those_it_has() -> None:
    run = done(THREE, "a")
    assert run.state is not None
    with pytest.raises(CommandRefused, match="has not been to c; say one of a, b"):
        start_of(run.state, "c")


def test_a_step_that_stands_in_several_arms_is_asked_for_by_its_path() -> None:
    run = done(plan(loop_step("m", '["x", "y"]', set_step("p"))), "m[x]/p")
    assert run.state is not None
    with pytest.raises(CommandRefused, match=r"several arms; say one of m\[x\]/p"):
        start_of(run.state, "p")


def test_what_is_done_at_the_end_is_done_at_the_end_of_the_fork_as_well() -> None:
    made = plan(set_step("a"), set_step("b"), finally_=(set_step("tidy"),))
    run = done(made, "a", "b", "tidy")
    why = "it is done at the end of each run"
    assert told(run, "b")["tidy"] == ("re-run", why)
    again = forked(run, "b")
    again.succeed("b", {})
    assert again.step("tidy") == "ready"


def test_what_was_undone_is_done_again() -> None:
    run = done(plan(shell_step("a", undo=Shell(run="true")), set_step("b")), "a", "b")
    run.do(c.RollBack("", ANA))
    run.succeed("a~undo", {})
    verdicts = told(run, "b")
    assert verdicts == {
        "a": ("re-run", "it was undone"),
        "b": ("re-run", "it follows a, which is re-run"),
    }


def test_a_value_that_was_set_holds_in_the_fork_as_it_was_approved() -> None:
    source = {"who": ContextSource(expr="1")}
    run = Given(plan(gate_step(show=("who",)), set_step("b"), context=source))
    run.succeed("@context", {"values": {"who": "ana"}, "provenance": {}})
    run.do(c.SetContext({"who": "bob"}, ANA))
    run.ask()
    run.decide("approve")
    again = forked(run, "b")
    assert (again.step("gate"), again.step("b")) == ("succeeded", "ready")
    assert again.state is not None
    assert again.state.context == {"who": "bob"}
