"""A no is nothing to go on from: no act on something beside it leads around it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from engine.definition.model import Step
from engine.errors import CommandRefused
from engine.family import consequences
from engine.machine import commands as c
from engine.machine.plan import Plan
from engine.machine.state import Actor, Parent
from tests.engine.machine.forking_given import forked
from tests.engine.machine.given import (
    ANA,
    Given,
    gate_step,
    loop_step,
    parallel_step,
    plan,
    run_step,
    set_step,
    shell_step,
)

FIRST: dict[str, object] = {"needs": ()}
PAY = set_step("pay", needs=("ask", "beside"))
X = shell_step("x")
PAY_ALONE = set_step("pay", needs=())


def graph(beside: Step) -> Plan:
    """A gate, what needs its yes and what stands beside it, and something at work."""
    return plan(gate_step("ask"), shell_step("busy", needs=()), beside, PAY)


BRANCHES = parallel_step("beside", join="any", about=FIRST, a=X, b=shell_step("y"))
TURNS = loop_step("beside", '["a", "b"]', X, join=1)
ALL_TURNS = loop_step("beside", '["a", "b"]', X)
DEEP = loop_step("beside", '["a"]', parallel_step("in", join=1, a=X, b=shell_step("y")))
WITHIN = parallel_step(
    "outer",
    all=(gate_step("ask"), BRANCHES, PAY),
    other=shell_step("other"),
)

# Where a step fails beside a gate that is then answered no.
BESIDE: dict[str, tuple[Plan, str, str]] = {
    "branch": (graph(BRANCHES), "ask", "beside[a]/x"),
    "turn": (graph(TURNS), "ask", "beside[a]/x"),
    "one of all turns": (graph(ALL_TURNS), "ask", "beside[a]/x"),
    "deep": (graph(DEEP), "ask", "beside[a]/in[a]/x"),
    "arm": (plan(WITHIN), "outer[all]/ask", "outer[all]/beside[a]/x"),
}
ACTS: dict[str, Callable[[str], c.Command]] = {
    "skip": lambda path: c.SkipStep(path, "by hand", ANA),
    "mark": lambda path: c.ResolveStep(path, "done", ANA, {"exit": 0}),
    "back": lambda path: c.GoBack(path, ANA),
    "retry": lambda path: c.RetryRun(ANA),
    "retry it": lambda path: c.RetryRun(ANA, path),
}


def rejected(where: str) -> tuple[Given, str]:
    whole, gate, beside = BESIDE[where]
    run = Given(whole)
    run.ask(gate)
    run.fail(beside)
    run.now += 1
    run.decide("reject")
    return run, beside


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("where", BESIDE)
def test_no_act_on_something_beside_it_leads_around_a_no(where: str, act: str) -> None:
    run, beside = rejected(where)
    before = run.state
    if where == "arm":
        run.fail("outer[other]/other")
        before = run.state
    with pytest.raises(CommandRefused, match="reject"):
        run.do(ACTS[act](beside))
    assert run.state == before


@pytest.mark.parametrize("act", ["skip", "mark", "back"])
def test_an_arm_with_a_no_is_not_gone_on_with_while_others_are_at_work(
    act: str,
) -> None:
    run, beside = rejected("arm")
    assert run.status == "running"
    with pytest.raises(
        CommandRefused, match=r"ana answered `reject` at outer.all./ask"
    ):
        run.do(ACTS[act](beside))


@pytest.mark.parametrize("join", ["all", 2])
def test_a_retry_does_not_make_a_yes_of_a_no_in_a_branch(join: object) -> None:
    held = parallel_step("p", join=join, a=gate_step("ask"), b=X)
    run = Given(plan(held, set_step("last")))
    run.ask("p[a]/ask")
    run.decide("reject")
    run.fail("p[b]/x") if join == "all" else None
    assert run.status == "failed"
    with pytest.raises(CommandRefused, match=r"ana answered `reject` at p.a./ask"):
        run.do(c.RetryRun(ANA))


def test_a_retry_leaves_a_no_that_is_not_needed() -> None:
    held = parallel_step("p", join=2, a=gate_step("ask"), b=X, c=shell_step("y"))
    run = Given(plan(held, set_step("last")))
    run.ask("p[a]/ask")
    run.decide("reject")
    run.fail("p[b]/x")
    assert run.status == "failed"
    run.do(c.RetryRun(ANA))
    arms = run.state.steps["p"].arms  # type: ignore[union-attr]
    assert arms is not None
    assert arms["a"].status == "failed"
    run.succeed("p[b]/x")
    run.succeed("p[c]/y")
    assert run.step("last") == "ready"


def test_what_failed_before_a_roll_back_is_not_gone_on_from_after_it() -> None:
    safe = set_step("send")
    run = Given(plan(gate_step("ask"), safe, set_step("last")))
    run.ask("ask")
    run.decide("approve")
    run.fail("send", retryable=False)
    run.do(c.RollBack("", ANA))
    run.do(c.RetryRun(ANA))
    run.ask("ask#2", "a2")
    with pytest.raises(CommandRefused, match="gone on from send"):
        run.do(c.SkipStep("send", "by hand", ANA))
    run.decide("reject", approval="a2")
    assert run.status == "failed"
    with pytest.raises(CommandRefused, match="no step failed"):
        run.do(c.RetryRun(ANA))
    with pytest.raises(CommandRefused, match="ana answered `reject` at ask#2"):
        run.do(c.SkipStep("send", "by hand", ANA))


def test_what_was_left_by_going_back_is_not_gone_on_with() -> None:
    held = parallel_step("p", join="any", a=X, b=shell_step("y"))
    run = Given(plan(set_step("draft"), gate_step("ask"), held, set_step("last")))
    run.succeed("draft")
    run.ask("ask")
    run.decide("approve")
    run.fail("p[a]/x")
    run.do(c.GoBack("draft", ANA))
    for act in ("skip", "mark", "back"):
        with pytest.raises(CommandRefused, match="gone on from p"):
            run.do(ACTS[act]("p[a]/x"))


@pytest.mark.parametrize("act", ["skip", "mark", "back"])
def test_a_run_that_comes_to_its_end_is_not_gone_on_with(act: str) -> None:
    made = graph(BRANCHES).workflow
    run = Given(plan(*made.steps, finally_=(shell_step("tidy"),)))
    run.ask("ask")
    run.fail("beside[a]/x")
    run.decide("reject")
    with pytest.raises(CommandRefused, match="has come to its end"):
        run.do(ACTS[act]("beside[a]/x"))
    run.succeed("tidy")
    with pytest.raises(CommandRefused, match="ana answered `reject` at ask"):
        run.do(ACTS[act]("beside[a]/x"))


def test_a_run_that_failed_elsewhere_is_gone_on_with_from_there() -> None:
    steps = (
        BRANCHES,
        shell_step("other", needs=()),
        set_step("last", needs=("other",)),
    )
    run = Given(plan(*steps))
    run.fail("beside[a]/x")
    run.fail("other")
    with pytest.raises(CommandRefused, match="run r1 failed at other"):
        run.do(ACTS["skip"]("beside[a]/x"))
    run.do(ACTS["skip"]("other"))
    assert (run.step("beside[a]/x"), run.step("last")) == ("ready", "ready")


def test_after_its_time_was_up_a_run_goes_on_as_a_whole() -> None:
    run = Given(plan(BRANCHES, PAY_ALONE, timeout=60))
    run.fail("beside[a]/x")
    run.now += 60
    run.do(c.FireTimer(""))
    assert run.status == "failed"
    with pytest.raises(CommandRefused, match=r"took longer .*`weir retry r1` goes on"):
        run.do(ACTS["skip"]("beside[a]/x"))
    run.do(c.RetryRun(ANA))
    assert run.step("pay") == "ready"


def test_an_arm_whose_question_was_withdrawn_asks_it_again() -> None:
    beside = replace(loop_step("beside", "[1, 2]", X), needs=())
    held = parallel_step("p", a=(gate_step("ask"), beside, PAY), b=shell_step("y"))
    run = Given(plan(held))
    run.ask("p[a]/ask")
    run.fail("p[a]/beside[1]/x")
    run.do(c.WithdrawApproval("a1", ANA))
    run.do(ACTS["skip"]("p[a]/beside[1]/x"))
    assert (run.step("p[a]/ask"), run.step("p[a]/beside[2]/x")) == ("ready", "ready")
    run.succeed("p[a]/beside[2]/x")
    assert "p[a]/pay" not in run.state.steps  # type: ignore[union-attr]
    run.ask("p[a]/ask", "a2")
    run.decide("approve", approval="a2")
    assert run.step("p[a]/pay") == "ready"


def test_a_fork_asks_again_where_nothing_follows_a_no() -> None:
    run, _ = rejected("branch")
    again = forked(run, "busy")
    assert again.step("ask") == "ready"


SUB = run_step("sub")


def with_a_failed_child(*beside: Step) -> Given:
    """A run whose arm failed by a run it had started, while others were at work."""
    held = parallel_step("beside", join="any", about=FIRST, a=SUB, b=shell_step("y"))
    run = Given(plan(*beside, held, PAY), pins={"workflow/other": "v2"})
    attempt = run.begin("beside[a]/sub")
    run.do(c.BeginChild("beside[a]/sub", attempt, "w1", "r2", {}))
    run.do(c.ReportChild("beside[a]/sub", "r2", "failed", {}))
    return run


def test_a_run_inside_goes_on_with_what_it_stands_in() -> None:
    run = with_a_failed_child(gate_step("ask"))
    change = run.do(c.GoOnWithChild("beside[a]/sub", "r2", ANA))
    assert [*consequences(run.plan, change)] == []
    assert run.step("beside[a]/sub") == "waiting"
    run.do(c.ReportChild("beside[a]/sub", "r2", "succeeded", {}))
    assert (run.step("beside"), run.step("ask")) == ("succeeded", "ready")


def test_a_run_inside_of_a_paused_one_is_paused_when_it_goes_on() -> None:
    run = with_a_failed_child(gate_step("ask"))
    run.do(c.PauseRun(ANA))
    change = run.do(c.GoOnWithChild("beside[a]/sub", "r2", ANA))
    ((child, command),) = consequences(run.plan, change)
    assert (child, type(command)) == ("r2", c.PauseRun)


def test_a_no_above_a_run_is_not_gone_past_from_inside() -> None:
    run = with_a_failed_child(gate_step("ask"))
    run.ask("ask")
    run.decide("reject")
    with pytest.raises(CommandRefused, match="ana answered `reject` at ask"):
        run.do(c.GoOnWithChild("beside[a]/sub", "r2", ANA))


def test_a_run_inside_of_a_step_that_was_gone_on_from_does_not_go_on() -> None:
    run = with_a_failed_child(gate_step("ask"))
    run.do(ACTS["skip"]("beside[a]/sub"))
    with pytest.raises(CommandRefused, match=r"run r1 has gone on from beside.a./sub"):
        run.do(c.GoOnWithChild("beside[a]/sub", "r2", ANA))


def test_who_lets_a_run_inside_go_on_lets_the_one_above_go_on() -> None:
    above = Parent("r0", "sub", "r0")
    run = Given(plan(X), parent=above)
    run.fail("x")
    asked = dict(consequences(run.plan, run.do(ACTS["skip"]("x"))))
    assert asked["r0"] == c.ReportChild("sub", "r1", "succeeded", {}, "")
    again = Given(plan(X), parent=above)
    again.fail("x")
    ((run_id, command),) = consequences(again.plan, again.do(c.RetryRun(ANA)))
    assert (run_id, command) == ("r0", c.GoOnWithChild("sub", "r1", ANA))
    by_it = Given(plan(X), parent=above)
    by_it.fail("x")
    change = by_it.do(c.RetryRun(Actor("run r0", via="runner")))
    assert [*consequences(by_it.plan, change)] == []
