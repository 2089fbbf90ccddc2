"""Several runners on one workspace: one by the lock, and no harm without it."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from engine.machine.state import RUN_ENDED
from store import approvals, events, runners
from tests.stories.campaign import KILLED, NEVER, ONCE, SAFE, Campaign, texts
from tests.stories.decider import Decider, the_winner
from tests.stories.place import Place, until

MakePlace = Callable[..., Place]

RUNS = 6


@pytest.mark.parametrize("many", [2, 4])
def test_of_runners_that_start_at_once_one_stays(
    make_place: MakePlace, many: int
) -> None:
    place = make_place(one="workflow: one\nsteps:\n  - {id: x, set: {x: 1}}\n")
    woken = [place.wake() for _ in range(many)]
    until(partial(all_but_one_ended, woken), place.said)
    (awake,) = [runner for runner in woken if runner.poll() is None]
    run = place.start("one")
    place.until_run(run, "succeeded")
    assert [row.pid for row in runners.every(place.database)] == [awake.pid]
    assert [runner.returncode for runner in woken if runner is not awake] == [0] * (
        many - 1
    )
    assert place.said() == ""


def all_but_one_ended(woken: list[subprocess.Popen[bytes]]) -> bool:
    return sum(runner.poll() is None for runner in woken) == 1


@pytest.mark.parametrize("many", [2, 4])
def test_runners_without_a_lock_do_nothing_twice_and_sleep_through_nothing(
    make_place: MakePlace, tmp_path: Path, many: int
) -> None:
    effects = tmp_path / "effects"
    place = make_place(**texts(effects))
    campaign = Campaign(place, effects, seed=many)
    place.environment["BESIDE"] = "yes"
    for _ in range(many):
        place.wake(*KILLED, str(place.root), str(NEVER))
    ids = [place.start("whole") for _ in range(RUNS)]
    until(partial(all_over, campaign, ids), place.said)
    for run in ids:
        campaign.check(run)
        assert done_by(effects, run) == Counter([*ONCE, *SAFE])
        kinds = Counter(each.type for each in events.history(place.database, run))
        assert kinds["StepInterrupted"] == 0  # nobody was taken for dead
    assert len(runners.every(place.database)) == many
    assert "locked" not in place.said()
    campaign.close()


def test_runners_that_die_beside_each_other_do_nothing_twice(
    make_place: MakePlace, tmp_path: Path
) -> None:
    effects = tmp_path / "effects"
    campaign = Campaign(make_place(**texts(effects)), effects, seed=3)
    campaign.crowd(many=3, count=3)
    campaign.close()
    assert campaign.told.kills >= 5


def all_over(campaign: Campaign, ids: list[str]) -> bool:
    campaign.answer()
    return all(campaign.place.state(run).status in RUN_ENDED for run in ids)


def done_by(effects: Path, run: str) -> Counter[str]:
    lines = (line.split(" ", 1) for line in effects.read_text().splitlines())
    return Counter(path for owner, path in lines if owner == run)


ASKED = """workflow: asked
steps:
  - id: each
    for_each:
      in: range(12) | list
      as: item
      steps:
        - id: ask
          approval: {title: "{{ item }}?", choices: [approve, reject]}
          route: [{choice: reject, to: end}, {choice: approve, to: done}]
        - {id: done, set: {x: 1}}
"""


def decider_decide_at_once_on_gates_in_arms(make_place: MakePlace) -> None:
    place = make_place(asked=ASKED)
    run = place.start("asked")
    place.wake()
    until(lambda: len(approvals.pending(place.database)) == 12, place.said)
    yes, no = Decider(place, "approve"), Decider(place, "reject")
    won = {}
    for gate in approvals.pending(place.database):
        for one in (yes, no):
            one.says(f"{gate.id} {gate.digest}")
        won[gate.path] = the_winner({one.choice: one.hears() for one in (yes, no)})
    yes.leaves()
    no.leaves()
    state = place.until_run(run, *RUN_ENDED)
    assert state.status == "succeeded"
    for path, choice in won.items():
        went_on = path.replace("/ask", "/done") in state.steps
        assert went_on is (choice == "approve")
    kinds = Counter(each.type for each in events.history(place.database, run))
    assert kinds["ApprovalDecided"] == len(won) == 12
    assert "database" not in place.said()
