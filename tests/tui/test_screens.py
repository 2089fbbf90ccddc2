"""How each screen looks: as text at three sizes and in three states, some as pictures.

What has changed on purpose is written anew by `python tests/tui/renew_screens.py`; read
the difference as you would read code.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.bench import Clock, Room, Seat, sit_down
from tests.tui.posed import STATES, posed
from tui.app import Workbench
from tui.keymap import default_keymap
from tui.personal import Personal
from tui.screens.work import WorkScreen

KEPT = Path(__file__).parent / "screens"
PANES = {"runs": "1", "approvals": "2", "log": "3", "templates": "4", "projects": "5"}
OVER = {
    "inside": ("1", "i"),
    "definition": ("4", "g", "d"),
    "audit": ("g", "u"),
    "schedules": ("g", "c"),
    "runner": ("g", "o"),
    "help": ("?",),
    "start": ("4", "n"),
    "trends": ("g", "s", "right_square_bracket", "right_square_bracket"),
    "colours": ("g", "h"),
    "new_workflow": ("4", "N"),
    "settings": ("g", ","),
    "compare": ("1", "space", "j", "d"),
}
# From 140 columns every pane is in sight, and from 100 most are.
SHOWN = {
    (80, 24): [*PANES, *OVER],
    (120, 40): ["runs", "approvals", "templates", *OVER],
    (160, 50): ["runs", "approvals", *OVER],
}
# The pictures, by name: the state, the size and the screen.
PICTURES = {
    "runs_narrow": ("busy", (80, 24), "runs"),
    "runs_wide": ("busy", (160, 50), "runs"),
    "approvals_narrow": ("busy", (80, 24), "approvals"),
    "approvals_medium": ("busy", (120, 40), "approvals"),
    "log_narrow": ("busy", (80, 24), "log"),
    "inside_medium": ("busy", (120, 40), "inside"),
    "definition_wide": ("busy", (160, 50), "definition"),
    "help_narrow": ("busy", (80, 24), "help"),
    "empty_medium": ("empty", (120, 40), "runs"),
    "failing_medium": ("failing", (120, 40), "templates"),
}


async def show(seat: Seat, name: str) -> None:
    """Go to a screen, and wait until nothing on it changes any more."""
    for key in (PANES[name],) if name in PANES else OVER[name]:
        await seat.press("question_mark" if key == "?" else key)
        await settled(seat)


# What reads after a moment, and ends; lists follow the store for ever.
READ = (
    "stretch",
    "count",
    "about",
    "runs",
    "inside",
    "beside",
    "at",
    "chosen",
    "gate",
    "page",
)
SAME = 2  # looks at which nothing has changed: one may fall between two changes
LOOKS = 200  # until what still changes will surely not come to rest
OVER_EACH_OTHER = 5  # screens, at most


def is_reading(seat: Seat) -> bool:
    """Whether any of it is to come, also from the worker that follows the store.

    What approvals block is read last by that, and a run's log once it is chosen.
    """
    work = seat.app.work
    blocks_to_come = {*work.approvals.pending} - {*work.approvals.ordering.blocks}
    log_to_come = work.runs.chosen is not None and work.log_pane.run is None
    opens = seat.app.keys_wait or bool(seat.app.begun())
    return opens or bool(blocks_to_come) or log_to_come or seat.at_work(*READ)


async def settled(seat: Seat) -> None:
    before, same = "", 0
    for _ in range(LOOKS):
        now = seat.screen
        rests = now == before and "Reading" not in now and not is_reading(seat)
        same = same + 1 if rests else 0
        if same == SAME:
            return
        before = now
        await seat.pilot.pause(0.05)
    raise AssertionError(f"it never came to rest:\n{before}")


async def back(seat: Seat) -> None:
    for _ in range(OVER_EACH_OTHER):
        if not isinstance(seat.app.screen, WorkScreen):
            await seat.press("escape")
            await settled(seat)
    assert isinstance(seat.app.screen, WorkScreen)


async def looks(room: Room, size: tuple[int, int]) -> str:
    """Every screen there is in this state, one after the other."""
    found = []
    async with sit_down(room, size) as seat:
        await settled(seat)
        for name in SHOWN[size]:
            await show(seat, name)
            reached = name in PANES or not isinstance(seat.app.screen, WorkScreen)
            found.append(f"==== {name}\n{seat.screen if reached else seat.said()}\n")
            await back(seat)
    return "\n".join(found)


@pytest.mark.parametrize("size", SHOWN)
@pytest.mark.parametrize("state", STATES)
async def test_each_screen_looks_as_it_was_last_approved(
    state: str, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with posed(state, tmp_path, monkeypatch) as room:
        now = await looks(room, size)
    kept = KEPT / f"{state}-{size[0]}x{size[1]}.txt"
    if os.environ.get("RENEW_SCREENS"):
        kept.write_text(now)
    assert now == kept.read_text(), f"renew it, if it is meant: {__doc__}"


@pytest.mark.parametrize("name", PICTURES)
def test_each_picture_is_as_it_was_last_approved(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snap_compare: Any
) -> None:
    state, size, screen = PICTURES[name]
    with posed(state, tmp_path, monkeypatch) as room:
        clock, now = Clock(), room.engine.clock
        personal = Personal(default_keymap())
        app = Workbench(room.desk, personal, clock=clock, now=now, keeps_up=False)

        async def go(pilot: Pilot[int]) -> None:
            seat = Seat(room, app, pilot, clock)
            await seat.until_read()
            await settled(seat)
            await show(seat, screen)

        assert snap_compare(app, terminal_size=size, run_before=go)
