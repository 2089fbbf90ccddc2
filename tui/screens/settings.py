"""The settings of a person: each with its value, where that comes from, and another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from textual import on

from engine.errors import WeirError
from tui.actions import BY_ID, SETTINGS
from tui.keymap import config_path
from tui.messages import Read, SettingsChanged
from tui.panes.pane import Act
from tui.personal import KEYMAP, read_personal
from tui.screens.colours import choose_theme
from tui.screens.keeping import go_by, keep
from tui.screens.line import Line
from tui.screens.listing import ListScreen, Row
from tui.screens.press import Press
from tui.settings import Setting, as_text, clashes, every, value_of
from tui.widgets.safe import plain
from tui.widgets.vtable import Column, VTable
from tui.words.settings import source, told


class SettingsScreen(ListScreen, inherit_bindings=False):
    """Enter turns a switch, looks at colours, or takes other keys."""

    place = SETTINGS
    heading = "Settings"
    columns = (
        Column("name", "SETTING", 31, priority=9),
        Column("value", "VALUE", 18, priority=8),
        Column("from", "FROM", 11, priority=7),
        Column("does", "WHAT IT DOES", None, priority=5),
    )
    empty = ""
    runless = ""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Setting] = {}
        self.said = ""

    def rows(self) -> list[Row]:
        """What is wrong in the file is said, and what was read before stays."""
        try:
            self.found = {each.name: each for each in every(config_path())}
            self.said = f"yours in every workspace, kept in {config_path()}"
        except WeirError as error:
            self.said = str(error)
        return [row_of(each) for each in self.found.values()]

    def summary(self) -> str:
        return self.said

    def heard(self, message: Read) -> None:
        if isinstance(message, SettingsChanged):
            self.run_worker(self.read(), group="heard", exclusive=True)

    @property
    def chosen(self) -> Setting | None:
        row = self.list.chosen
        return self.found[row.key] if row else None

    def own_acts(self) -> Mapping[str, Act]:
        return {
            "settings.change": self.change,
            "settings.usual": self.make_usual,
            "settings.edit": self.edit,
        }

    @on(VTable.Opened)
    def open(self) -> None:
        self.bench.perform("settings.change")

    async def change(self) -> None:
        chosen = self.chosen
        assert chosen is not None, "refused where none is chosen"
        if isinstance(chosen.value, bool):
            await keep(self.bench, chosen.name, not chosen.value)
        elif isinstance(chosen.value, str):
            await choose_theme(self.bench)
        elif isinstance(chosen.value, float):
            await self.change_number(chosen)
        else:
            await self.change_keys(chosen.name, chosen.value)
        await self.read()

    async def change_number(self, chosen: Setting) -> None:
        line = Line(chosen.does, value=as_text(chosen.value), done="set")
        said = await self.bench.push_screen_wait(line)
        if said is not None:
            await keep(self.bench, chosen.name, value_of(chosen.name, said.text))

    async def change_keys(self, name: str, has: list[str]) -> None:
        bench, action = self.bench, BY_ID[name.removeprefix(f"{KEYMAP}.")]
        against = partial(clashes, bench.personal, action.id)
        bench.clear_notifications()  # which would stand over what is said there
        keys = await bench.push_screen_wait(Press(action, has, against))
        if keys is not None:
            await keep(bench, name, keys)

    async def make_usual(self) -> None:
        chosen = self.chosen
        assert chosen is not None, "refused where none is chosen"
        if chosen.given:
            await keep(self.bench, chosen.name, None)
            await self.read()
        else:
            self.bench.say(f"{chosen.name} is as usual already")

    async def edit(self) -> None:
        path = config_path()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.bench.edit(path)
            go_by(self.bench, read_personal(path))
        except (WeirError, OSError) as error:
            self.bench.say(str(error), True)
        await self.read()


def row_of(each: Setting) -> Row:
    value, usual = told(each.value), told(each.usual)
    cells = (each.name, plain(value, "bold" * each.given), source(each), each.does)
    also = f"; as usual {usual}" if each.given else ""
    return Row(each.name, cells, f"{each.name} = {value}{also}\n{each.does}")
