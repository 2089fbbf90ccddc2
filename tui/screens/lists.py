"""Which screens are one list, and going to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions import AUDIT, RUNNER, SCHEDULES
from tui.screens.audit import AuditScreen
from tui.screens.listing import ListScreen
from tui.screens.runner import RunnerScreen
from tui.screens.schedules import SchedulesScreen

if TYPE_CHECKING:
    from tui.app import Workbench

SCREENS: dict[str, type[ListScreen]] = {
    AUDIT: AuditScreen,
    SCHEDULES: SchedulesScreen,
    RUNNER: RunnerScreen,
}


def open_list(bench: Workbench, place: str) -> None:
    """Show a list; in the place of another, where one stands on top."""
    if bench.keyed.place == place:
        return
    if isinstance(bench.keyed, ListScreen):
        bench.switch_screen(SCREENS[place]())
    else:
        bench.push_screen(SCREENS[place]())
