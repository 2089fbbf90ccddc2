"""What begins by itself does so once, also where runners were killed meanwhile."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from engine.errors import CommandRefused
from engine.machine import commands as c
from store import occasions, runs, schedules, steps
from store.records import OccasionRecord
from tests.given import ANA
from tests.stories.campaign import KILLED
from tests.stories.place import WEIR, Place, until

POINTS = range(4, 25, 2)  # of a runner's commits: in it, and before and after it
MakePlace = Callable[..., Place]

LOAD = """workflow: load
inputs: {path: string}
trigger: {file: "in/*.csv", inputs: {path: "{{ file.path }}"}}
steps:
  - {id: read, shell: "cat {{ inputs.path | quote }}", safe: true}
"""
NIGHTLY = """workflow: nightly
inputs: {day: date}
schedule: {cron: 0 3 * * *, timezone: Europe/Vienna, inputs: {day: "{{ due | date }}"}}
steps:
  - {id: note, set: {day: "{{ inputs.day }}"}}
"""


def noted(place: Place) -> list[OccasionRecord]:
    return occasions.page(place.database, "load/file", limit=9, known=True)


def test_each_file_begins_one_run_whoever_is_killed(make_place: MakePlace) -> None:
    place = make_place(load=LOAD)
    folder = place.root / "in"
    folder.mkdir()
    (folder / "old.csv").write_text("was here")
    first = place.wake()
    until(lambda: len(noted(place)) == 1, place.said)
    (folder / "a.csv").write_text("while it looks")
    place.kill(first)
    (folder / "b.csv").write_text("while nobody is awake")
    place.wake()
    second = place.wake()
    until(lambda: len(runs.page(place.database)) == 2, place.said)
    place.kill(second)
    place.wake()
    begun = [run.id for run in runs.page(place.database)]
    said = set()
    for run in begun:
        state = place.until_run(run, "succeeded", "failed")
        said.add(state.steps["read"].output["stdout"])
    assert said == {"while it looks", "while nobody is awake"}
    (folder / "c.csv").write_text("after it all")
    until(lambda: len(runs.page(place.database)) == 3, place.said)
    assert sum(each.status == "started" for each in noted(place)) == 3


def test_a_runner_killed_at_any_commit_begins_a_file_once(
    make_place: MakePlace,
) -> None:
    place = make_place(load=LOAD)
    (place.root / "in").mkdir()
    first = place.wake()
    until(lambda: has_looked(place), place.said)
    place.kill(first)
    killed = 0
    for point in POINTS:
        put_whole(place.root / f"in/{point}.csv", f"file {point}")
        runner = place.wake(*KILLED, str(place.root), str(point))
        until(partial(is_over, place, runner, point), place.said)
        killed += runner.poll() is not None
        place.kill(runner)
    assert killed >= len(POINTS) // 2, "most have died at their point"
    place.wake()
    until(
        lambda: all_begun(place, POINTS[-1]), lambda: f"{stands(place)}\n{place.said()}"
    )
    begun = runs.page(place.database)
    said = [place.until_run(run.id, "succeeded") for run in begun]
    assert sorted(state.inputs["path"] for state in said) == sorted(
        f"in/{point}.csv" for point in POINTS
    )


def put_whole(file: Path, text: str) -> None:
    """Here a file counts at once: one that is still empty would be another one."""
    written = file.parents[1] / "being-written"
    written.write_text(text)
    written.replace(file)


def stands(place: Place) -> str:
    """Where each file and its run have got to, for whoever reads a failure."""
    found = [
        f"{each.subject} {each.status} {each.run} {each.reason}"
        for each in noted(place)
    ]
    return "\n".join(
        [*found, *(f"{run.id} {run.status}" for run in runs.page(place.database))]
    )


def is_over(place: Place, runner: subprocess.Popen[bytes], point: int) -> bool:
    return runner.poll() is not None or all_begun(place, point)


def has_looked(place: Place) -> bool:
    """Whether the files that were there before are known."""
    return any(each.looked_at for each in schedules.live(place.database))


def all_begun(place: Place, point: int) -> bool:
    """Whether each file so far has begun a run that has ended.

    A step that was lost three times is put to a person, who says: again.
    """
    for row in steps.interrupted(place.database):
        again = c.ResolveStep(row.path, "again", ANA)
        with suppress(CommandRefused):  # a runner was about to say so itself
            place.engine.handle(row.run, again)
    ended = runs.total(place.database, status="succeeded")
    return ended == POINTS.index(point) + 1


def test_a_person_looks_at_a_schedule_and_steers_it(make_place: MakePlace) -> None:
    place = make_place(nightly=NIGHTLY)
    listed = place.weir("schedule", "list")
    assert "nightly" in listed
    assert "0 3 * * * (Europe/Vienna)" in listed
    started = place.weir("schedule", "run", "nightly").split()[0]
    state = place.until_run(started, "succeeded", "failed")
    assert state.occasion is not None
    assert state.steps["note"].output == {"day": state.inputs["day"]}
    assert "begun by schedule nightly for by hand" in place.weir("show", started)
    shown = place.weir("schedule", "show", "nightly")
    assert started in shown
    assert shown.count("next ") == 5
    assert "is paused" in place.weir("schedule", "pause", "nightly")
    assert "paused already" in place.weir("schedule", "pause", "nightly", ends=1)
    assert "goes on; next " in place.weir("schedule", "resume", "--all")
    assert "no schedule 'nihgtly'; did you mean nightly?" in place.weir(
        "schedule", "show", "nihgtly", ends=2
    )
    audit = place.weir("audit")
    assert "paused nightly" in audit
    assert "resumed nightly" in audit
    (record,) = schedules.every(place.database)
    assert record.next_at is not None


def test_a_runner_stays_awake_for_a_schedule_alone(make_place: MakePlace) -> None:
    place = make_place(nightly=NIGHTLY)
    runner = place.wake(
        *WEIR, "-C", str(place.root), "runner", "serve", "--idle", "0.5"
    )
    until(lambda: schedules.every(place.database) != [], place.said)
    place.weir("schedule", "pause", "nightly")
    until(lambda: runner.poll() is not None, place.said)
    assert runner.returncode == 0
