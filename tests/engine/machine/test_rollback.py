"""Facts about undoing: in which order, what is left, and what is asked about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.definition.kinds import Shell
from engine.definition.model import Retry, Route, Step
from engine.errors import CommandRefused
from engine.family import consequences
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.scope import scope
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

LAST = set_step("last")


def undoable(name: str, **about: object) -> Step:
    return shell_step(name, undo=Shell(run="true"), **about)


def roll_back(run: Given, to: str = "") -> None:
    run.do(c.RollBack(to, ANA))


def active(run: Given) -> list[str]:
    return [step.path for step in run.state.active]  # type: ignore[union-attr]


def undone(run: Given) -> list[str]:
    """The steps that were undone, in the order in which they were."""
    events = [entry.event for entry in run.entries]  # type: ignore[attr-defined]
    return [event.path for event in events if isinstance(event, e.StepUndone)]


def undo_all(run: Given) -> list[str]:
    while run.status == "rolling_back":
        (path,) = active(run)
        run.succeed(path)
    return undone(run)


def test_what_was_done_is_undone_newest_first() -> None:
    run = Given(plan(undoable("a"), set_step("b"), undoable("c"), LAST))
    for path in ("a", "b", "c", "last"):
        run.succeed(path)
    roll_back(run)
    assert (run.status, active(run)) == ("rolling_back", ["c~undo"])
    assert undo_all(run) == ["c", "a"]
    assert run.status == "rolled_back"
    assert {run.step(path) for path in "abc"} == {"undone"}
    assert scope(run.plan, run.state, run.now)["outputs"] == {}  # type: ignore[arg-type]


def test_what_was_done_up_to_a_step_stays() -> None:
    run = Given(plan(undoable("a"), undoable("b"), undoable("c")))
    for path in "abc":
        run.succeed(path, {"x": path})
    roll_back(run, "a")
    assert undo_all(run) == ["c", "b"]
    assert list(scope(run.plan, run.state, run.now)["outputs"]) == ["a"]  # type: ignore[arg-type]


@pytest.mark.parametrize(("to", "ready"), [("", "a#2"), ("a", "b#2"), ("b", "last#2")])
def test_a_retry_goes_on_after_the_step_rolled_back_to(to: str, ready: str) -> None:
    run = Given(plan(undoable("a"), undoable("b"), LAST))
    for path in ("a", "b", "last"):
        run.succeed(path)
    roll_back(run, to)
    undo_all(run)
    run.do(c.RetryRun(ANA))
    assert (run.status, active(run)) == ("running", [ready])


def test_a_step_visited_often_is_undone_as_often() -> None:
    again = undoable("a", route=(Route("a", when="outputs.a.again"), Route("end")))
    run = Given(plan(again))
    run.succeed("a", {"again": True})
    run.succeed("a#2", {"again": False})
    roll_back(run)
    assert undo_all(run) == ["a#2", "a"]


def test_what_can_not_be_undone_is_left_and_said_to_be() -> None:
    run = Given(plan(undoable("a"), shell_step("send"), set_step("b")))
    for path in ("a", "send", "b"):
        run.succeed(path)
    change = run.do(c.RollBack("", ANA))
    (started,) = [x.event for x in change.entries if hasattr(x.event, "rollback")]
    planned = started.rollback  # type: ignore[union-attr]
    assert (planned.steps, planned.left, planned.dropped) == (("a",), ("send",), ("b",))
    undo_all(run)
    assert (run.step("send"), run.step("b")) == ("succeeded", "undone")
    assert run.state.steps["send"].left  # type: ignore[union-attr]


def is_running(run: Given) -> None:
    run.begin("x")


def is_interrupted(run: Given) -> None:
    run.do(c.ReportLost("x", run.begin("x"), "w1", "gone"))


def has_failed(run: Given) -> None:
    run.fail("x", retryable=False)


def is_retrying(run: Given) -> None:
    run.fail("x")


@pytest.mark.parametrize(
    "stands", [is_running, is_interrupted, has_failed, is_retrying]
)
def test_what_may_have_happened_is_asked_about(
    stands: Callable[[Given], None],
) -> None:
    run = Given(plan(undoable("a"), undoable("x", retry=Retry(attempts=2))))
    run.succeed("a")
    stands(run)
    roll_back(run)
    assert (run.step("x~undo"), run.step("a")) == ("interrupted", "succeeded")
    run.do(c.ResolveStep("x~undo", "again", ANA))
    assert undo_all(run) == ["x", "a"]


def test_what_has_not_begun_is_not_undone() -> None:
    run = Given(plan(undoable("a"), undoable("x")))
    run.succeed("a")
    roll_back(run)
    assert undo_all(run) == ["a"]


def fails(run: Given, path: str) -> None:
    run.fail(path)


def is_lost(run: Given, path: str) -> None:
    run.do(c.ReportLost(path, run.begin(path), "w1", "gone"))


@pytest.mark.parametrize("ends", [fails, is_lost])
@pytest.mark.parametrize("how", ["again", "done", "skip"])
def test_what_is_not_undone_stops_and_asks(
    ends: Callable[[Given, str], None], how: str
) -> None:
    run = Given(plan(undoable("a"), undoable("b")))
    run.succeed("a")
    run.succeed("b")
    roll_back(run)
    ends(run, "b~undo")
    assert (run.status, run.step("b~undo")) == ("rolling_back", "interrupted")
    with pytest.raises(CommandRefused, match="b~undo undoes b; say that it is done"):
        run.do(c.ResolveStep("b~undo", "fail", ANA))
    if how == "skip":
        run.do(c.SkipStep("b~undo", "it is gone", ANA))
    else:
        run.do(c.ResolveStep("b~undo", how, ANA))
    assert undo_all(run) == (["a"] if how == "skip" else ["b", "a"])
    assert run.step("b") == ("succeeded" if how == "skip" else "undone")


def test_an_undo_is_as_patient_as_its_step() -> None:
    run = Given(plan(undoable("a", retry=Retry(attempts=2, delay=1))))
    run.succeed("a")
    roll_back(run)
    run.fail("a~undo")
    assert run.step("a~undo") == "retrying"
    run.now += 1
    run.do(c.FireTimer("a~undo"))
    run.succeed("a~undo")
    assert run.status == "rolled_back"


@pytest.mark.parametrize("status", ["running", "waiting", "paused", "cancelled"])
def test_a_run_is_rolled_back_wherever_it_stands(status: str) -> None:
    run = Given(plan(undoable("a"), gate_step(), finally_=(shell_step("tidy"),)))
    run.succeed("a")
    if status != "running":
        run.ask()
    if status == "paused":
        run.do(c.PauseRun(ANA))
    if status == "cancelled":
        run.do(c.CancelRun(ANA))
        run.do(c.CancelRun(ANA))
    assert run.status == status
    roll_back(run)
    if status != "running":
        assert run.approval() == "withdrawn"
    assert active(run) == ["a~undo"]
    undo_all(run)
    assert run.status == "rolled_back"


def test_a_roll_back_goes_through_every_arm() -> None:
    inner = loop_step("m", '["u", "v"]', undoable("pay"))
    run = Given(plan(parallel_step("p", a=inner, b=undoable("book")), LAST))
    for path in ("p[a]/m[v]/pay", "p[b]/book", "p[a]/m[u]/pay", "last"):
        run.succeed(path)
    roll_back(run)
    assert undo_all(run) == ["p[a]/m[u]/pay", "p[b]/book", "p[a]/m[v]/pay"]
    run.do(c.RetryRun(ANA))
    assert sorted(active(run)) == [
        "p#2",
        "p#2[a]/m",
        *sorted(["p#2[a]/m[u]/pay", "p#2[a]/m[v]/pay", "p#2[b]/book"]),
    ]


def test_a_graph_goes_on_with_what_was_undone() -> None:
    steps = (
        undoable("a", needs=()),
        undoable("b", needs=("a",)),
        undoable("c", needs=("a",)),
        shell_step("d", needs=("b", "c")),
    )
    run = Given(plan(*steps))
    for path in "abc":
        run.succeed(path)
    run.fail("d")
    roll_back(run, "b")
    assert undo_all(run) == ["c"]
    run.do(c.RetryRun(ANA))
    assert active(run) == ["c#2"]
    run.succeed("c#2")
    assert active(run) == ["d#2"]


def with_a_child() -> Given:
    run = Given(
        plan(undoable("a"), run_step("sub"), LAST), pins={"workflow/other": "v"}
    )
    run.succeed("a")
    run.do(c.BeginChild("sub", run.begin("sub"), "w1", "r2", {}))
    return run


@pytest.mark.parametrize("ended", [True, False])
def test_the_run_a_step_has_started_is_rolled_back_in_its_turn(ended: bool) -> None:
    run = with_a_child()
    if ended:
        run.do(c.ReportChild("sub", "r2", "succeeded", {}))
    change = run.do(c.RollBack("", ANA))
    asked = [command for _, command in consequences(run.plan, change)]
    kinds = [type(command) for command in asked]
    assert kinds == ([c.RollBack] if ended else [c.CancelRun, c.RollBack])
    assert (run.step("sub~undo"), run.step("a")) == ("waiting", "succeeded")
    run.do(c.ReportChild("sub", "r2", "rolled_back"))
    assert active(run) == ["a~undo"]
    assert undo_all(run) == ["sub", "a"]


def test_a_run_inside_of_another_is_rolled_back_with_that() -> None:
    parent = c.Parent("r0", "sub", "r0")
    run = Given(plan(undoable("a")), parent=parent)
    run.succeed("a")
    with pytest.raises(CommandRefused, match="is part of run r0: roll that back"):
        roll_back(run)
    run.do(c.RollBack("", ANA, above=True))
    undo_all(run)
    run.do(c.RollBack("", ANA, above=True))
    assert run.status == "rolled_back"


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("none", "has no step none"),
        ("x", "step x is ready, not succeeded"),
        ("m[1]/y", "can't be rolled back to; say a step of the run's own list"),
    ],
)
def test_a_step_that_is_no_place_to_stand_on_is_refused(to: str, words: str) -> None:
    run = Given(plan(loop_step("m", "[1]", set_step("y")), shell_step("x")))
    run.succeed("m[1]/y")
    with pytest.raises(CommandRefused) as refusal:
        roll_back(run, to)
    assert words in str(refusal.value)


def test_a_no_is_nothing_to_go_on_from() -> None:
    run = Given(plan(undoable("a"), gate_step(), LAST))
    run.succeed("a")
    run.ask()
    run.decide("reject")
    with pytest.raises(CommandRefused, match="gate was rejected"):
        roll_back(run, "gate")
    roll_back(run, "a")
    run.do(c.RetryRun(ANA))
    assert active(run) == ["gate#2"]


def test_a_roll_back_that_is_under_way_is_not_begun_again() -> None:
    run = Given(plan(undoable("a")))
    run.succeed("a")
    roll_back(run)
    with pytest.raises(CommandRefused, match="is being rolled back already"):
        roll_back(run)


# Arms that were not needed


def race(**about: object) -> Given:
    b = (undoable("book"), shell_step("wait"))
    held = parallel_step("p", join="any", a=shell_step("win"), b=b, **about)
    return Given(plan(held, LAST))


def test_what_the_losers_did_is_undone_before_the_step_goes_on() -> None:
    run = race()
    run.succeed("p[b]/book")
    run.succeed("p[a]/win")
    assert (run.step("p"), run.step("p[b]/book~undo")) == ("running", "ready")
    assert "last" not in run.state.steps  # type: ignore[union-attr]
    run.succeed("p[b]/book~undo")
    assert (run.step("p[b]/book"), run.step("p"), run.step("last")) == (
        "undone",
        "succeeded",
        "ready",
    )


def test_a_loser_that_may_have_done_something_is_asked_about() -> None:
    run = race()
    run.begin("p[b]/book")
    run.succeed("p[a]/win")
    assert (run.step("p[b]/book~undo"), run.status) == ("interrupted", "waiting")
    run.do(c.SkipStep("p[b]/book~undo", "it never came to it", ANA))
    assert run.step("last") == "ready"


def test_losers_that_did_nothing_hold_nothing_up() -> None:
    run = race()
    run.succeed("p[a]/win")
    assert run.step("last") == "ready"


def test_an_undo_that_a_cancel_has_cut_off_is_asked_about_on_a_roll_back() -> None:
    run = race()
    run.succeed("p[b]/book")
    run.succeed("p[a]/win")
    run.begin("p[b]/book~undo")
    run.do(c.CancelRun(ANA))
    assert run.step("p[b]/book~undo") == "cancelled"
    roll_back(run)
    assert run.step("p[b]/book~undo") == "interrupted"
    run.do(c.ResolveStep("p[b]/book~undo", "done", ANA))
    assert (run.status, run.step("p[b]/book")) == ("rolled_back", "undone")


def test_what_hangs_while_it_undoes_is_ended_by_a_person_and_asked_about() -> None:
    run = Given(plan(undoable("a"), undoable("b"), LAST))
    for path in ("a", "b", "last"):
        run.succeed(path)
    roll_back(run)
    run.begin("b~undo")
    run.do(c.CancelRun(ANA, "it hangs"))
    step = run.state.steps["b~undo"]
    assert (run.status, step.status) == ("rolling_back", "interrupted")
    assert step.reason == "ended by ana: it hangs"
    with pytest.raises(CommandRefused, match="b~undo is asked about"):
        run.do(c.CancelRun(ANA))
    run.do(c.ResolveStep("b~undo", "again", ANA))
    assert undo_all(run) == ["b", "a"]


def test_what_is_to_be_undone_once_more_is_ended_before_its_time() -> None:
    run = Given(plan(undoable("a", retry=Retry(attempts=2, delay=60.0))))
    run.succeed("a")
    roll_back(run)
    run.fail("a~undo")
    assert run.step("a~undo") == "retrying"
    run.do(c.CancelRun(ANA))
    assert run.state.steps["a~undo"].wake_at is None
    assert run.step("a~undo") == "interrupted"


def test_a_run_that_waits_for_another_to_be_rolled_back_names_it() -> None:
    run = with_a_child()
    roll_back(run)
    with pytest.raises(CommandRefused, match="`weir cancel r2` ends what"):
        run.do(c.CancelRun(ANA))
