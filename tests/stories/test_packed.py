"""A packer killed at every point of its commits: each run is whole, packed or not."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from store import doctor, events, packing, steps
from store.tables import Event, Packed
from tests.stories.place import Place

MakePlace = Callable[..., Place]

WORK = """workflow: work
steps:
  - {id: first, set: {text: hello}}
  - {id: second, set: {text: "{{ outputs.first.text }}"}}
"""
RUNS = 12  # more than go into one transaction
KILLED = """
import itertools, os, signal, sys
from pathlib import Path
from store import packing
from store.database import open_database
from store.writing import Writer

def pass_by():
    if next(counted) == point:
        os.kill(os.getpid(), signal.SIGKILL)

def commit(writer, jobs, run):
    def run_and_pass(jobs):
        run(jobs)
        pass_by()
    pass_by()
    committed(writer, jobs, run_and_pass)
    pass_by()

counted, point = itertools.count(1), int(sys.argv[2])
committed, Writer._commit = Writer._commit, commit
with open_database(Path(sys.argv[1])) as database:
    while packing.pack(database, 1e12):
        pass
"""


@pytest.mark.parametrize("point", range(1, 7))
def test_a_packer_that_is_killed_loses_nothing(
    make_place: MakePlace, point: int
) -> None:
    place = make_place(work=WORK)
    runner = place.wake()
    names = [place.start("work") for _ in range(RUNS)]
    for name in names:
        place.until_run(name, "succeeded")
    place.kill(runner)
    before = told(place, names)
    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(place.database.folder), str(point)],
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert told(place, names) == before
    assert doctor.check(place.database, thorough=True) == []
    loose = {run for (run,) in place.database.rows(Event.select(Event.run))}
    whole = {run for (run,) in place.database.rows(Packed.select(Packed.run))}
    assert loose | whole == set(names)
    assert not loose & whole
    assert len(whole) == {1: 0, 2: 0, 3: 10, 4: 10, 5: 10, 6: RUNS}[point]
    while packing.pack(place.database, 1e12):
        pass
    assert told(place, names) == before
    assert place.database.rows(Event.select(Event.run)) == []


def told(place: Place, names: list[str]) -> object:
    return [
        (events.history(place.database, name), steps.of_run(place.database, name))
        for name in names
    ]
