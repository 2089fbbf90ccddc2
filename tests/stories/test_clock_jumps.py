"""A clock that jumps an hour each way: what is due comes once, and nobody is buried."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from engine.lost import this_runner
from engine.pulse import Pulse
from store import approvals, events
from tests.given import open_engine, running
from tests.stories.place import Place, number_in, until

MakePlace = Callable[..., Place]

# In three arms: a wait, a retry and a deadline that have not come.
PENDING = """workflow: pending
steps:
  - id: wide
    parallel:
      branches:
        rests: [{id: rest, wait: 30m}]
        tries:
          - id: work
            shell: 'echo $WEIR_ATTEMPT >> FILE; test $WEIR_ATTEMPT = 2'
            retry: {attempts: 2, delay: 30m, max_delay: 1h}
        asks:
          - id: ask
            approval: {title: "Go on?", timeout: 90m, on_timeout: "route:late"}
            route: [{choice: approve, to: end}, {choice: reject, to: end}]
          - {id: late, set: {x: 1}}
"""
ONE = "workflow: one\nsteps:\n  - {id: x, set: {x: 1}}\n"
BEFORE = {"rest": "waiting", "work": "retrying", "ask": "waiting"}
HOUR = 3600.0
AFTER_ONE_HOUR = {"rest": "succeeded", "work": "succeeded", "ask": "waiting"}


class Jumping:
    """The machine's clock, and what someone has set it forward by."""

    def __init__(self) -> None:
        self.by = 0.0

    def __call__(self) -> float:
        return time.time() + self.by


def stands(place: Place, run: str, wanted: dict[str, str]) -> bool:
    steps = place.state(run).steps.values()
    return {s.step: s.status for s in steps if s.step in wanted} == wanted


async def comes_to(place: Place, run: str, wanted: dict[str, str]) -> None:
    fact = partial(stands, place, run, wanted)
    await asyncio.to_thread(until, fact, lambda: str(place.state(run)))


async def look_around(place: Place) -> None:
    """Another run, to its end: the runner has looked at what is due."""
    run = place.start("one")
    await asyncio.to_thread(place.until_run, run, "succeeded")


async def test_what_is_due_comes_once_however_the_clock_jumps(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(pending=PENDING.replace("FILE", str(tmp_path / "f")), one=ONE)
    clock = place.engine.clock = Jumping()
    run = place.start("pending")
    async with running(place.engine):
        await comes_to(place, run, BEFORE)
        clock.by = -HOUR
        await look_around(place)
        assert stands(place, run, BEFORE)  # what has not come is only further off
        clock.by = HOUR
        await look_around(place)
        await comes_to(place, run, AFTER_ONE_HOUR)
        clock.by = 0.0
        await look_around(place)
        assert stands(place, run, AFTER_ONE_HOUR)  # what has been, has been
        clock.by = 2 * HOUR
        await look_around(place)
        await asyncio.to_thread(place.until_run, run, "succeeded")
    (gate,) = approvals.of_run(place.database, run)
    assert (gate.status, gate.decisions) == ("expired", b"[]")
    kinds = Counter(each.type for each in events.history(place.database, run))
    assert (kinds["ApprovalExpired"], kinds["StepRetrying"]) == (1, 1)
    assert (tmp_path / "f").read_text() == "1\n2\n"


WORK = """workflow: work
steps:
  - id: wide
    parallel:
      branches:
        one: [{id: work, shell: 'echo $$ > FOLDER/begun; WAIT; echo x >> FOLDER/done'}]
        two: [{id: other, set: {x: 1}}]
"""
WAIT = "until test -e FOLDER/go; do sleep 0.01; done"


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
async def test_no_runner_is_taken_for_dead_because_the_clock_jumped(
    make_place: MakePlace, tmp_path: Path, jump: float
) -> None:
    text = WORK.replace("WAIT", WAIT).replace("FOLDER", str(tmp_path))
    place = make_place(work=text)
    beside = open_engine(place.root)
    clock = beside.clock = place.engine.clock = Jumping()
    run = place.start("work")
    async with running(place.engine) as first:
        await asyncio.to_thread(number_in, tmp_path / "begun")
        other = Pulse(beside, this_runner("w-other", clock()))
        assert other.beat() == []
        clock.by = jump  # and the first one has not beaten since
        assert [other.beat() for _ in range(3)] == [[], [], []]
        step = place.step(run, "wide[one]/work")
        assert (step.status, step.runner, step.attempt) == ("running", first.id, 1)
        (tmp_path / "go").touch()
        await asyncio.to_thread(place.until_run, run, "succeeded")
    assert (tmp_path / "done").read_text() == "x\n"
    beside.database.close()
