"""What is done by the same keys on every screen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from tui import terminal
from tui.actions import ACTIONS, LISTS, TRENDS
from tui.panes.sending import take_back
from tui.screens.commands import perform_one_of

if TYPE_CHECKING:
    from tui.app import Workbench
    from tui.panes.pane import Act

SCREENS = (*LISTS, TRENDS)  # those that tell of no one thing
TWICE = 2.0  # seconds in which a second ctrl+c quits


class Everywhere:
    """Screens that are not for the first paint are loaded when they are asked for."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self._interrupted_at = float("-inf")

    def by_id(self) -> Mapping[str, Act]:
        return {
            **{f"go.{place}": partial(self.look_at, place) for place in SCREENS},
            "go.definition": self.look_at_definition,
            "app.help": self.help,
            "app.commands": self.palette,
            "app.line": self.command,
            "app.theme": self.choose_theme,
            "app.undo": partial(take_back, self.bench),
            "app.interrupt": self.interrupt,
            "app.quit": self.bench.leave,
            "app.suspend": self.bench.action_suspend_process,
        }

    def look_at(self, place: str) -> None:
        from tui.screens.places import open_place

        open_place(self.bench, place)

    async def look_at_definition(self) -> None:
        from tui.screens.look import look_at

        await look_at(self.bench)

    async def help(self) -> None:
        screen = self.bench.keyed
        title = f"Keys of {screen.heading}, and of every pane"
        actions = screen.actions_here()
        await perform_one_of(self.bench, title, actions, helps=True)

    async def palette(self) -> None:
        await perform_one_of(self.bench, "Commands", ACTIONS)

    async def command(self) -> None:
        from tui.screens.commanding import command

        await command(self.bench)

    async def choose_theme(self) -> None:
        from tui.screens.colours import choose_theme

        await choose_theme(self.bench)

    def interrupt(self) -> None:
        """Copy what is selected; without a selection the second press quits."""
        bench = self.bench
        selected = bench.screen.get_selected_text()
        if selected:
            bench.say(terminal.copy(bench, selected))
            return
        now = bench.clock()
        if now - self._interrupted_at <= TWICE:
            bench.leave()
        self._interrupted_at = now
        bench.say(f"{bench.keymap.first('app.interrupt')} again to leave; runs go on")
