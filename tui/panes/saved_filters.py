"""Filters that were saved under a name: chosen, kept and forgotten from a pane."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from engine import filters
from store.filters import FilterRecord
from tui.panes.pane import Act, Pane
from tui.screens.line import Line
from tui.screens.pick import Item, Pick
from tui.widgets.vtable import Column

COLUMNS = (
    Column("name", "FILTER", 20, priority=9),
    Column("project", "PROJECT", 14, priority=5),
    Column("text", "TEXT", None, priority=8),
)


class SavedFilters:
    """Those of the person at the workbench, for a pane: `runs` or `inbox`."""

    def __init__(self, pane: Pane, of: str, project: str = "") -> None:
        self.pane = pane
        self.of = of
        self.project = project

    def by_id(self) -> Mapping[str, Act]:
        return {
            "filters.choose": self.choose,
            "filters.save": self.save,
            "filters.delete": self.delete,
        }

    async def choose(self) -> None:
        picked = await self._pick("Filter by", "⏎ filter by it")
        if picked is not None:
            self.pane.filter_by(picked.text)

    async def save(self) -> None:
        text, bench = self.pane.filter_text, self.pane.bench
        if not text:
            key = bench.keymap.first("list.filter")
            self.pane.say(f"nothing is filtered by: {key} and a text, then save that")
            return
        where = f", for project {self.project}" if self.project else ""
        line = Line(f"Save /{text}{where}", hint="a name: letters, digits, dashes")
        said = await bench.push_screen_wait(line)
        if said is None:
            return
        save = partial(bench.desk.save_filter, said.text, text)
        if await bench.asked(partial(save, pane=self.of, project=self.project)):
            key = bench.keymap.first("filters.choose")
            self.pane.say(f"{said.text} is saved; {key} chooses it")

    async def delete(self) -> None:
        bench = self.pane.bench
        picked = await self._pick("Forget a filter", "⏎ forget it")
        if picked is not None and await bench.asked(
            lambda: bench.desk.delete_filter(picked)
        ):
            self.pane.say(f"{picked.name} is forgotten; it was /{picked.text}")

    async def _pick(self, title: str, enter: str) -> FilterRecord | None:
        """One of those that fit here; None, having said why, when there is none."""
        bench = self.pane.bench
        database, person = bench.desk.database, bench.desk.who.name
        found = await bench.ask(
            lambda: filters.here(database, person, self.of, self.project)
        )
        if not found:
            if found is not None:
                key = bench.keymap.first("filters.save")
                self.pane.say(f"no filter is saved here: {key} saves what / says")
            return None
        by_key = {f"{each.project}/{each.name}": each for each in found}
        items = [item_of(key, each) for key, each in by_key.items()]
        hint = f"type to filter   {enter}   esc leave"
        picked = await bench.push_screen_wait(Pick(title, items, COLUMNS, hint=hint))
        return by_key.get(picked or "")


def item_of(key: str, record: FilterRecord) -> Item:
    return Item(key, (record.name, record.project, record.text), f"/{record.text}")
