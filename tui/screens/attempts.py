"""The attempts at one step side by side, and below them one side of all, whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from engine.counted import counted
from engine.differing.attempts import TEXTS, Attempt, attempts
from engine.lines import changed_lines
from store.records import RunRecord, StepRecord
from tui.actions import Here
from tui.screens.beside import BesideScreen, Part
from tui.screens.compare import beginning
from tui.text import mark_of
from tui.widgets.safe import plain
from tui.widgets.source import coloured_diff
from tui.widgets.vtable import Column

if TYPE_CHECKING:
    from tui.app import Workbench

HEADING = "bold $text-accent"
SIDE = Column("side", "", 8, priority=1000)


def look_at_attempts(bench: Workbench, here: Here) -> None:
    """Those at the chosen step, which the registry has asked for."""
    assert here.run is not None
    assert here.step is not None
    bench.push_screen(AttemptsScreen(here.run, here.step))


class AttemptsScreen(BesideScreen, inherit_bindings=False):
    """The newest attempts stay where the columns of all don't fit."""

    heading = "Attempts"
    columns = (SIDE,)

    def __init__(self, run: RunRecord, step: StepRecord) -> None:
        super().__init__(classes="page-rows")
        self.record = run
        self.step = step
        self.runs = (run.id,)
        self.found: dict[int, Attempt] = {}

    def fetch(self) -> Callable[[], None]:
        engine = self.bench.desk.engine
        found = attempts(engine, self.record.id, self.step.path)
        return lambda: self.take(found)

    def take(self, found: Sequence[Attempt]) -> None:
        self.found = {each.number: each for each in found}
        columns = (
            Column(str(number), f"ATTEMPT {number}", None, priority=number)
            for number in self.found
        )
        self.table.columns = (SIDE, *columns)

    def keys(self) -> list[str]:
        sides = [attempt.sides() for attempt in self.found.values()]
        names = sides[0] if sides else ()
        return [name for name in names if any(side[name] for side in sides)]

    def cells(self, key: str) -> Sequence[Part]:
        return (key, *(cell(key, each.sides()[key]) for each in self.found.values()))

    def whole(self, key: str) -> Sequence[Part]:
        return [*self.told(key)]

    def told(self, key: str) -> Iterator[Part]:
        """The first whole, and of each other what it has changed in the one before."""
        before: str | None = None
        for number, attempt in self.found.items():
            text = attempt.sides()[key]
            yield plain(f"attempt {number}", HEADING)
            if before is None or key not in TEXTS:
                yield text or plain("(nothing)", "$foreground-muted")
            elif text == before:
                yield plain("the same", "$foreground-muted")
            else:
                names = "the one before", f"attempt {number}"
                yield coloured_diff(changed_lines(before, text, names))
            before = text

    def nothing(self) -> str:
        return "There was no attempt at this step."

    def head(self) -> Content:
        words = f"{counted(len(self.found), 'attempt')} at {self.step.path}"
        return Content("  ").join([plain(self.record.id, "bold"), plain(words)])


def cell(key: str, text: str) -> Part:
    if key == "status":
        mark = mark_of(text)
        return plain(mark.text(), mark.style)
    return beginning(text, 0)
