"""A workbench on a real workspace: what most of its tests begin with.

clock   a clock that is moved by hand
folder  a workspace and its definitions
room    the same, filled with runs and gates
seat    someone who sits at the workbench on a room
"""

from __future__ import annotations

from tests.tui.clock import Clock
from tests.tui.folder import AT, FORMED, RISKY, SHIP
from tests.tui.room import WHO, Room
from tests.tui.seat import Seat, sit_down

__all__ = [
    "AT",
    "FORMED",
    "RISKY",
    "SHIP",
    "WHO",
    "Clock",
    "Room",
    "Seat",
    "sit_down",
]
