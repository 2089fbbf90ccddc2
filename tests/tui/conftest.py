"""A workspace for each test of the workbench, filled through the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.bench import AT, Clock, Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path / "ws")
    yield room
    room.desk.close()


@pytest.fixture
def clock(room: Room) -> Clock:
    """The clock of the room, which stands still until it is told to go on."""
    room.engine.clock = clock = Clock(AT)
    return clock


@pytest.fixture
def long_hold(room: Room, own_config: Path) -> None:
    """What is decided in the room is held longer than any test takes."""
    own_config.parent.mkdir(parents=True)
    own_config.write_text("undo = 60\n")
    room.trust()
