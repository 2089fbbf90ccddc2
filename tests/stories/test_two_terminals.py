"""Two terminals on one workspace: one answer counts, one runner works, both see it."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from engine.awake import runner_lock
from engine.machine.state import RUN_ENDED
from engine.people import user_name
from store import approvals, events, processes, runners
from tests.given import running
from tests.stories.decider import Decider, the_winner
from tests.stories.place import Place, is_running, number_in, one_line, until

MakePlace = Callable[..., Place]

GATED = """workflow: gated
steps:
  - id: ask
    approval: {title: "Go on?", choices: [approve, reject]}
    route: [{choice: reject, to: end}, {choice: approve, to: done}]
  - {id: done, set: {x: 1}}
"""
ROUNDS = 25


async def open_gates(place: Place, count: int) -> list[str]:
    """Runs that stand at their gate, with nobody awake."""
    ids = [place.start("gated") for _ in range(count)]
    async with running(place.engine):
        for run in ids:
            await asyncio.to_thread(place.until_run, run, "waiting")
    return ids


async def test_of_two_decisions_at_one_instant_one_counts(
    make_place: MakePlace,
) -> None:
    place = make_place(gated=GATED)
    ids = await open_gates(place, ROUNDS)
    with runner_lock(place.engine.workspace):  # nobody is to be woken meanwhile
        yes, no = Decider(place, "approve"), Decider(place, "reject")
        for run in ids:
            (gate,) = approvals.of_run(place.database, run)
            for one in (yes, no):
                one.says(f"{gate.id} {gate.digest}")
            answers = {one.choice: one.hears() for one in (yes, no)}
            check_decided(place, run, the_winner(answers))
        yes.leaves()
        no.leaves()


def check_decided(place: Place, run: str, choice: str) -> None:
    kinds = [event.type for event in events.history(place.database, run)]
    assert kinds.count("ApprovalDecided") == 1
    (decision,) = place.state(run).approvals.popitem()[1].decisions
    assert decision.choice == choice


async def test_of_two_commands_typed_at_once_one_is_refused_in_a_line(
    make_place: MakePlace,
) -> None:
    place = make_place(gated=GATED)
    for run in await open_gates(place, 3):
        (gate,) = approvals.of_run(place.database, run)
        typed = {
            "approve": place.types("approve", gate.id, "--yes"),
            "reject": place.types("reject", gate.id, "--comment", "No.", "--yes"),
        }
        heard = {choice: each.communicate() for choice, each in typed.items()}
        (won,) = [choice for choice, each in typed.items() if each.returncode == 0]
        (lost,) = [choice for choice, each in typed.items() if each.returncode == 1]
        assert f"by {user_name(os.getuid())}" in one_line(heard[lost][1])
        check_decided(place, run, won)
        late = one_line(place.weir("approve", run, "--yes", ends=2))
        assert f"no gate of run {run} is open" in late
        await asyncio.to_thread(place.until_run, run, *RUN_ENDED)
        one, other = place.types("show", run), place.types("show", run)
        assert one.communicate() == other.communicate()
        assert (one.returncode, other.returncode) == (0, 0)


def test_two_who_wake_a_runner_at_once_wake_one(make_place: MakePlace) -> None:
    place = make_place(gated=GATED)
    both = [place.types("runner", "start", "--json") for _ in range(2)]
    for each in both:
        _, err = each.communicate()
        assert each.returncode == 0, err
    until(lambda: runners.every(place.database))
    (runner,) = place.reads("runner", "status")["runners"]
    assert is_running(runner["pid"])
    place.weir("runner", "stop")
    assert len(runners.every(place.database)) == 1
    until(lambda: not is_running(runner["pid"]))
    assert "Traceback" not in place.said()


LONG = """workflow: long
steps:
  - id: work
    safe: true
    shell: |
      if test $WEIR_ATTEMPT = 1; then
        sleep 600 & echo $! > FOLDER/child; wait
      fi
"""


def test_a_runner_told_twice_to_stop_goes_at_once_and_hands_its_step_back(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(long=LONG.replace("FOLDER", str(tmp_path)))
    run = place.start("long")
    place.weir("runner", "start")
    child = number_in(tmp_path / "child")
    stops = [place.types("runner", "stop") for _ in range(2)]
    for each in stops:
        _, err = each.communicate()
        assert each.returncode == 0, err
    assert not is_running(child)
    (step,) = place.state(run).steps.values()
    assert (step.status, step.attempt) == ("ready", 1)
    assert place.reads("runner", "status") == {
        "awake": False,
        "runners": [],
        "silent": [],
        "running": [],
        "untold": [],
    }
    place.weir("runner", "start")
    assert place.until_run(run, *RUN_ENDED).status == "succeeded"
    assert place.step(run, "work").attempt == 2


def test_a_step_that_is_not_safe_asks_when_its_runner_is_stopped(
    make_place: MakePlace, tmp_path: Path
) -> None:
    text = LONG.replace("FOLDER", str(tmp_path)).replace("safe: true", "safe: false")
    place = make_place(long=text)
    run = place.start("long")
    runner = place.wake()
    child = number_in(tmp_path / "child")
    until(lambda: processes.of_attempt(place.database, run, "work", 1))
    runner.terminate()
    until(lambda: hurried(runner))
    assert runners.every(place.database)[0].ended_at is not None
    assert not is_running(child)
    assert place.step(run, "work").status == "interrupted"


def hurried(runner: subprocess.Popen[bytes]) -> bool:
    """Tell it again, until it has gone: the second time it waits for nothing."""
    runner.terminate()
    return runner.poll() is not None
