"""The screens over the panes that tell of no one thing, and going to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions import AUDIT, RUNNER, SCHEDULES, SETTINGS, TRENDS
from tui.screens.audit import AuditScreen
from tui.screens.listing import ListScreen
from tui.screens.over import OverScreen
from tui.screens.runner import RunnerScreen
from tui.screens.schedules import SchedulesScreen
from tui.screens.settings import SettingsScreen
from tui.screens.trends import TrendsScreen

if TYPE_CHECKING:
    from tui.app import Workbench

SCREENS: dict[str, type[OverScreen]] = {
    AUDIT: AuditScreen,
    SCHEDULES: SchedulesScreen,
    RUNNER: RunnerScreen,
    SETTINGS: SettingsScreen,
    TRENDS: TrendsScreen,
}


def open_place(bench: Workbench, place: str) -> None:
    """Show it; one list in the place of another, where that stands on top."""
    if bench.keyed.place == place:
        return
    screen = SCREENS[place]()
    if isinstance(bench.keyed, ListScreen) and isinstance(screen, ListScreen):
        bench.switch_screen(screen)
    else:
        bench.push_screen(screen)
