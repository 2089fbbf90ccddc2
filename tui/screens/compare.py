"""Two runs side by side: what differs, and below it the chosen difference whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content

from engine.counted import counted
from engine.differing.compared import PARTS, Compared, compare
from engine.differing.said import Difference
from store.records import RunRecord
from tui.documents import words_now
from tui.screens.beside import BesideScreen, Part
from tui.text import mark_of, placed
from tui.widgets.safe import plain
from tui.widgets.source import coloured_diff
from tui.widgets.vtable import Column

HEADING = "bold $text-accent"
NONE = plain("(none)", "$foreground-muted")
SEEN = 200  # characters of a side that a cell may show
BEFORE = 12  # of them what stands before the difference


class CompareScreen(BesideScreen, inherit_bindings=False):
    heading = "Two runs"

    def __init__(self, one: str, other: RunRecord) -> None:
        super().__init__(classes="page-rows")
        self.one = one
        self.record = other
        self.runs = (one, other.id)
        self.columns = (
            Column("part", "PART", 9, priority=8),
            Column("name", "WHERE", 18, priority=9),
            Column("what", "WHAT", 14, priority=7),
            Column("one", one, None, priority=9),
            Column("other", other.id, None, priority=9),
        )
        self.found: Compared | None = None
        self.rows: dict[str, Difference] = {}
        self.shown: dict[str, Sequence[Part]] = {}

    def fetch(self) -> Callable[[], None]:
        desk = self.bench.desk
        found = compare(
            desk.engine, self.one, self.record.id, lambda paper: words_now(desk, paper)
        )
        rows = {f"{d.part}\n{d.name}\n{d.what}": d for d in found.differences}
        shown = {key: cells(each) for key, each in rows.items()}
        return lambda: self.take(found, rows, shown)

    def take(
        self,
        found: Compared,
        rows: dict[str, Difference],
        shown: dict[str, Sequence[Part]],
    ) -> None:
        self.found, self.rows, self.shown = found, rows, shown

    def keys(self) -> list[str]:
        return list(self.rows)

    def cells(self, key: str) -> Sequence[Part]:
        return self.shown[key]

    def whole(self, key: str) -> Sequence[Part]:
        each = self.rows[key]
        where = " · ".join(word for word in (each.part, each.name, each.what) if word)
        one, other = self.one, self.record.id
        if each.is_text:
            diff = coloured_diff(each.lines((one, other)))
            return [plain(where, HEADING), diff]
        return [
            plain(where, HEADING),
            plain(one, "$foreground-muted"),
            NONE if each.one is None else each.one,
            plain(other, "$foreground-muted"),
            NONE if each.other is None else each.other,
        ]

    def nothing(self) -> str:
        return "The two differ in nothing that is compared."

    def head(self) -> Content:
        found = self.found
        assert found is not None, "nothing is shown before it was read"
        runs = Content("  and  ").join(map(told, (found.one, found.other)))
        same = ", ".join(f"{p} {found.same[p]}" for p in PARTS if p in found.same)
        words = [counted(len(found.differences), "difference")]
        words += [f"the same: {same}"] if same else []
        words += [] if found.whole else ["some prompts were not compared"]
        return Content("\n").join([runs, plain("; ".join(words), "$foreground-muted")])


def told(run: RunRecord) -> Content:
    mark = mark_of(run.status)
    parts = (plain(run.id, "bold"), plain(run.workflow), plain(mark.text(), mark.style))
    return Content(" ").join(parts)


def cells(each: Difference) -> Sequence[Part]:
    name = placed(each.name) if each.part == "steps" else each.name
    return (each.part, name, each.what, *beginnings(each.one, each.other))


def beginnings(one: str | None, other: str | None) -> tuple[Part, Part]:
    """Both sides on one line each, from where they part."""
    at = parting(one or "", other or "")
    return beginning(one, at), beginning(other, at)


def parting(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def beginning(text: str | None, at: int) -> Part:
    if text is None:
        return NONE
    first = max(text.rfind("\n", 0, at) + 1, at - BEFORE)
    cut = "…" if first else ""
    return cut + " ".join(text[first : first + SEEN].split())
