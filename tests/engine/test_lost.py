"""Who is gone: told by the process, and by silence only while we have listened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from engine.dispatch import LocalDispatch, Look
from engine.lost import Watch, this_runner, why_gone
from engine.runner import Runner
from store import runners
from store.runners import SILENCE
from tests.given import make_workspace, open_engine, start, until

NOW = 1_800_000_000.0
HOUR = 3600.0


@pytest.mark.parametrize(
    ("beat_ago", "watched", "gone"),
    [
        (5.0, HOUR, False),
        (SILENCE + 1, HOUR, True),
        # We have only just come, or the clock jumped: nobody could be heard yet.
        (SILENCE + 1, 0.0, False),
        (HOUR, SILENCE, False),
        (HOUR, SILENCE + 1, True),
        # The clock went back an hour, and since then there was no beat.
        (-HOUR, 5.0, False),
        (-HOUR, SILENCE + 1, True),
    ],
)
def test_silence_counts_for_as_long_as_we_have_listened(
    beat_ago: float, watched: float, gone: bool
) -> None:
    alive = replace(this_runner("w1", NOW), beat_at=NOW - beat_ago)
    assert bool(why_gone(alive, NOW, watched)) is gone


@pytest.mark.parametrize("watched", [0.0, HOUR])
def test_a_process_that_has_ended_is_gone_however_short_we_have_listened(
    watched: float,
) -> None:
    ended = replace(this_runner("w1", NOW), pid=2**22 - 1)
    assert "process is gone" in why_gone(ended, NOW, watched)


@pytest.mark.parametrize(
    ("beats", "seconds"),
    [
        ([0, 5, 10, 15], 15),
        ([0, 5, HOUR, HOUR + 5], 5),  # the clock jumped, or the laptop slept
        ([HOUR, HOUR + 5, 0, 5, 10], 10),  # it went back
        ([0, SILENCE, 2 * SILENCE], 2 * SILENCE),
        ([0], 0),
    ],
)
def test_a_gap_in_our_own_beats_begins_the_watch_anew(
    beats: list[float], seconds: float
) -> None:
    watch = Watch()
    assert [watch.seconds(NOW + beat) for beat in beats][-1] == seconds


class Looking(LocalDispatch):
    """Sees who is known to be at work whenever a runner looks for some."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.known: list[int] = []

    async def look(self, most: int) -> Look:
        self.known.append(len(runners.every(self._database)))
        return await super().look(most)


async def test_a_runner_is_known_before_it_takes_anything(tmp_path: Path) -> None:
    text = "workflow: w\nsteps:\n  - {id: a, set: {x: 1}}\n"
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": text}))
    run = start(engine, "w")
    looking = Looking(engine.database)
    runner = Runner(engine, looking)
    task = asyncio.create_task(runner.run())
    await until(engine, run, "succeeded")
    runner.stop()
    await task
    assert set(looking.known) == {1}
    engine.database.close()
