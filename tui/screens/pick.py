"""One of many, found by typing: commands, keys, workflows."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.screens.modal import Question
from tui.widgets.safe import plain
from tui.widgets.vtable import Column, VTable


class Item(Struct, frozen=True):
    """Something to pick: its cells, and what is told of it when the cursor is there.

    Where what was typed is in its `name`, it stands before those that only tell of it.
    """

    key: str
    cells: tuple[str, ...]
    about: str = ""
    dim: bool = False
    name: str = ""

    @property
    def words(self) -> str:
        return " ".join((*self.cells, self.about)).casefold()


class Pick(Question[str]):
    """Typing filters, the arrows move, Enter picks; `at` is where the cursor begins.

    With `q_leaves` a `q` before anything else is no text, but the way out.
    """

    def __init__(
        self,
        title: str,
        items: Sequence[Item],
        columns: Sequence[Column],
        *,
        hint: str = "",
        at: str = "",
        q_leaves: bool = False,
    ) -> None:
        super().__init__()
        self.question = title
        self.begins = at
        self.items = {item.key: item for item in items}
        self.columns = columns
        self.hint = hint
        self.q_leaves = q_leaves
        self.filtered = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="question tall"):
            yield Static(plain(self.question, "bold"))
            yield Input(placeholder="type to filter", compact=True)
            yield VTable(self.columns, empty="Nothing holds that text.")
            yield Static("", id="about")
            if self.hint:
                yield Static(plain(self.hint), classes="keys")

    def on_mount(self) -> None:
        line = self.query_one(Input)
        line.cursor_blink = False
        line.focus()
        self.filter("")
        self.query_one(VTable).select(self.begins)

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        if self.q_leaves and (self.filtered, event.value) == ("", "q"):
            self.leave()
        else:
            self.filter(event.value)

    def filter(self, text: str) -> None:
        words = text.casefold().split()
        found = [item for item in self.items.values() if _has(words, item.words)]
        found.sort(key=lambda item: not _has(words, item.name.casefold()))
        table = self.query_one(VTable)
        table.show([item.key for item in found], self.cells)
        if text != self.filtered:  # what fits it best, and not what fitted less of it
            table.action_cursor_top()
        self.filtered = text

    @on(VTable.Selected)
    def tell_about(self, event: VTable.Selected) -> None:
        item = self.items.get(event.key or "")
        self.query_one("#about", Static).update(
            plain(item.about if item else "", multiline=True)
        )

    def cells(self, key: str) -> Sequence[Content | str]:
        item = self.items[key]
        return [
            plain(cell, "$foreground-muted" if item.dim else "") for cell in item.cells
        ]

    def pressed(self, typed: str, key: str) -> bool:
        table = self.query_one(VTable)
        match key:
            case "down" | "ctrl+n":
                table.action_cursor_down()
            case "up" | "ctrl+p":
                table.action_cursor_up()
            case "pagedown":
                table.action_page_down()
            case "pageup":
                table.action_page_up()
            case "enter":
                # What was typed may not have been heard yet.
                self.filter(self.query_one(Input).value)
                if table.selected is not None:
                    self.dismiss(table.selected)
            case _:
                return False
        return True

    @on(VTable.Opened)
    def opened(self, event: VTable.Opened) -> None:
        self.dismiss(event.key)


def _has(words: Sequence[str], text: str) -> bool:
    return all(word in text for word in words)
