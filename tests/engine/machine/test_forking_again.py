"""Forks of runs that somebody took back, or that were undone and begun again."""

from __future__ import annotations

from engine.definition.kinds import Shell
from engine.machine import commands as c
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

LAST = set_step("last")


def done(run: Given, *paths: str) -> Given:
    for path in paths:
        run.succeed(path, {"said": path})
    return run


def gone_back() -> Given:
    """A run that went back to `a` from a gate, and has come to its end since."""
    run = done(Given(plan(set_step("a"), gate_step(), shell_step("b"), LAST)), "a")
    run.ask()
    run.do(c.GoBack("a", ANA))
    run.succeed("a#2", {"x": 2})
    run.ask("gate#2", "a2")
    run.decide("approve", approval="a2")
    run.succeed("b", {})
    run.succeed("last", {})
    return run


def test_a_fork_goes_the_way_that_stands_after_someone_went_back() -> None:
    run = gone_back()
    assert told(run, "last") == {
        "a#2": ("reused", ""),
        "gate#2": ("reused", ""),
        "b": ("reused", ""),
        "last": ("re-run", "the fork begins here"),
    }
    again = forked(run, "last")
    assert [again.step(path) for path in ("a", "gate", "b", "last")] == [
        *["succeeded"] * 3,
        "ready",
    ]
    assert again.state is not None
    assert again.state.steps["a"].output == {"x": 2}


def test_a_fork_from_what_was_gone_back_over_begins_there() -> None:
    verdicts = told(gone_back(), "a")
    assert verdicts["a"] == ("re-run", "the fork begins here")
    assert verdicts["a#2"][0] == "re-run"


def test_what_was_undone_and_done_again_is_kept_as_it_was_done_last() -> None:
    undo = Shell(run="true")
    run = done(Given(plan(shell_step("a", undo=undo), shell_step("b"), LAST)), "a", "b")
    run.do(c.RollBack("", ANA))
    run.succeed("a~undo", {})
    run.do(c.RetryRun(ANA))
    run.succeed("a#2", {"x": 2})
    run.succeed("b#2", {})
    assert told(run, "last#2") == {
        "a#2": ("reused", ""),
        "b#2": ("reused", ""),
        "last#2": ("re-run", "the fork begins here"),
    }
    again = forked(run, "last#2")
    assert again.step("last") == "ready"
    assert again.state is not None
    assert again.state.steps["a"].output == {"x": 2}


def test_what_no_step_that_stands_leads_to_is_done_again() -> None:
    steps = [set_step("a"), set_step("b"), gate_step(), shell_step("d"), LAST]
    run = done(Given(plan(*steps)), "a", "b")
    run.ask()
    run.decide("approve")
    run.succeed("d", {})
    run.do(c.GoBack("b", ANA))
    run.do(c.GoBack("gate", ANA))
    run.ask("gate#2", "a2")
    run.decide("approve", approval="a2")
    run.succeed("d#2", {})
    verdicts = told(run, "last#2")
    assert verdicts["a"] == ("reused", "")
    assert verdicts["gate#2"] == ("re-run", "someone went there, and not on from a")
    assert verdicts["d#2"][0] == "re-run"
    assert verdicts["b"] == ("new", "the old run did not come to it")
    assert forked(run, "last#2").step("b") == "ready"


def test_in_an_arm_of_what_was_come_to_again_the_way_is_gone_again_as_well() -> None:
    loop = loop_step("each", "[1, 2]", set_step("x"), set_step("y"))
    sides = parallel_step("p", one=loop, two=shell_step("side"))
    run = done(Given(plan(set_step("a"), sides, gate_step(), LAST)), "a", "p[two]/side")
    done(run, *(f"p[one]/each[{n}]/{s}" for s in "xy" for n in (1, 2)))
    run.ask()
    run.do(c.GoBack("p", ANA))
    done(run, "p#2[two]/side", *(f"p#2[one]/each[{n}]/x" for n in (1, 2)))
    run.succeed("p#2[one]/each[1]/y", {})
    run.do(c.GoBack("p#2[one]/each[2]/x", ANA))
    run.succeed("p#2[one]/each[2]/x#2", {"said": "twice"})
    run.succeed("p#2[one]/each[2]/y#2", {})
    run.ask("gate#2", "a2")
    run.decide("approve", approval="a2")
    again = forked(run, "last")
    assert again.step("last") == "ready"
    assert again.state is not None
    assert again.state.steps["p[one]/each[2]/x"].output == {"said": "twice"}


def test_in_a_graph_what_was_undone_and_done_again_is_kept_as_well() -> None:
    undo = Shell(run="true")
    first = shell_step("a", undo=undo)
    steps = [first, shell_step("b", needs=("a",)), set_step("last", needs=("b",))]
    run = done(Given(plan(*steps)), "a", "b", "last")
    run.do(c.RollBack("", ANA))
    run.succeed("a~undo", {})
    run.do(c.RetryRun(ANA))
    done(run, "a#2", "b#2", "last#2")
    again = forked(run, "last#2")
    assert (again.step("b"), again.step("last")) == ("succeeded", "ready")


def test_what_a_person_skipped_is_not_done_by_a_fork_of_that_or_of_the_fork() -> None:
    run = done(Given(plan(set_step("a"), shell_step("pay"), set_step("b"), LAST)), "a")
    run.do(c.SkipStep("pay", "it is paid", ANA))
    run.succeed("b", {})
    run.succeed("last", {})
    assert told(run, "last")["pay"] == ("reused", "it is paid")
    again = forked(run, "last")
    assert (again.step("pay"), again.step("last")) == ("skipped", "ready")
    assert again.state is not None
    assert again.state.steps["pay"].reason == "skipped in run r1: it is paid"
    assert forked(again, "last").step("pay") == "skipped"
