"""A step that holds steps and had enough without some: what a newer text means there.

What lost is no reason to do again what follows, neither in a fork nor in a run that
adopts.
"""

from __future__ import annotations

import pytest

from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine.adopting import carried_on
from engine.machine.forking import require_needed
from engine.machine.judging import Fork
from engine.machine.plan import Plan
from tests.engine.machine.forking_given import forked, saying, told
from tests.engine.machine.given import (
    ANA,
    Given,
    loop_step,
    parallel_step,
    plan,
    set_step,
    shell_step,
)

TURNS = loop_step("each", '["x", "y"]', shell_step("w"), set_step("v"))
ENOUGH = ("reused", "race had enough without it")
NEW = dict.fromkeys(("race", "f", "each", "w", "v", "pay", "last"), "new")


def race(fast: str = "fast", slow: object = TURNS) -> Plan:
    held = parallel_step("race", join="any", fast=saying("f", fast), slow=slow)
    return plan(set_step("a"), held, saying("pay", "pay"), set_step("last"))


def won() -> Given:
    """`f` has won, in the loser one turn is under way; `pay` is done."""
    run = Given(race())
    for path in ("a", "race[slow]/each[x]/w", "race[fast]/f", "pay"):
        run.succeed(path, {"said": path})
    return run


def test_what_follows_a_race_is_kept_though_a_branch_had_lost() -> None:
    verdicts = told(won(), "last")
    assert verdicts["race"] == verdicts["race[fast]/f"] == ("reused", "")
    assert verdicts["race[slow]/each"] == ENOUGH
    assert verdicts["race[slow]/each[y]/w"] == ENOUGH
    assert verdicts["race[slow]/each[x]/w"] == ENOUGH
    assert verdicts["pay"] == ("reused", "")
    assert verdicts["last"] == ("re-run", "the fork begins here")


def test_the_fork_ends_what_had_lost_and_goes_on_where_it_begins() -> None:
    again = forked(won(), "last")
    assert [step.path for step in again.state.active] == ["last"]  # type: ignore[union-attr]
    assert again.step("race[slow]/each") == "cancelled"
    assert again.step("pay") == "succeeded"


def test_a_race_is_run_anew_where_what_had_won_is_done_again() -> None:
    verdicts = told(won(), "last", race(fast="other"))
    assert verdicts["race"] == ("re-run", "race[fast]/f in it is re-run")
    assert verdicts["race[slow]/each"] == ("re-run", "it was cancelled")
    assert verdicts["pay"][0] == "re-run"


def test_what_had_lost_may_be_another_in_the_new_text() -> None:
    verdicts = told(won(), "last", race(slow=saying("s", "other")))
    assert verdicts["race[slow]/each[x]/w"][0] == "gone"
    assert verdicts["pay"] == ("reused", "")


@pytest.mark.parametrize(
    "fork",
    [
        pytest.param(Fork("race[slow]/each[x]/w", {}), id="begun at"),
        pytest.param(
            Fork("last", {}, {"race[slow]/each[x]/w": {}}), id="given an output"
        ),
    ],
)
def test_a_fork_goes_by_no_step_that_had_lost(fork: Fork) -> None:
    run = won()
    assert run.state is not None
    with pytest.raises(CommandRefused, match="race had enough without it"):
        require_needed(run.plan, run.state, fork)


def test_a_fork_may_begin_in_a_race_that_nobody_has_won() -> None:
    run = Given(race())
    run.succeed("a")
    run.succeed("race[slow]/each[x]/w")
    assert run.state is not None
    require_needed(run.plan, run.state, Fork("race[slow]/each[x]/w", {}))


def test_who_adopts_is_told_that_nothing_of_what_had_lost_is_done_again() -> None:
    run = won()
    assert run.state is not None
    found = carried_on(run.plan, race(), run.state, {})
    assert {v.path: (v.what, v.why) for v in found} == {
        "a": ("reused", ""),
        "race": ("reused", ""),
        "race[fast]/f": ("reused", ""),
        "race[slow]/each": ENOUGH,
        "race[slow]/each[x]/w": ("reused", ""),
        "race[slow]/each[y]/w": ENOUGH,
        "race[slow]/each[x]/v": ENOUGH,
        "pay": ("reused", ""),
        "last": ("re-run", "it had not ended"),
    }


def test_who_adopts_is_told_of_nothing_that_was_gone_back_over() -> None:
    run = won()
    run.do(c.GoBack("a", ANA))
    assert run.state is not None
    found = carried_on(run.plan, race(), run.state, {})
    assert {v.path: v.what for v in found} == {"a#2": "re-run", **NEW}
