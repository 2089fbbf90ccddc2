"""Being shown what waits later: until when is asked; the way back is the same key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.later import KNOWN
from engine.snoozing import Snoozes
from engine.spans import moment
from engine.stuck import Stuck
from tui.panes.terms import Row
from tui.screens.choose import Answer, Choose
from tui.screens.grace import Grace
from tui.screens.line import Line

if TYPE_CHECKING:
    from tui.app import Workbench
    from tui.panes.approvals import ApprovalsPane

ANOTHER = "another"


class Sleep:
    """Which of what waits is snoozed now, and whether it is shown all the same."""

    def __init__(self) -> None:
        self.snoozes: Snoozes = {}
        self.asleep: frozenset[str] = frozenset()
        self.shown = False

    def look(self, waiting: Iterable[Row], now: float) -> bool:
        """Whether other rows are asleep than at the last look."""
        before = self.asleep
        self.asleep = frozenset(
            row.id
            for row in waiting
            if (found := self.snoozes.get(row.id))
            and found.holds(row.step if isinstance(row, Stuck) else row, now)
        )
        return self.asleep != before

    def __contains__(self, key: str) -> bool:
        return key in self.asleep

    def __len__(self) -> int:
        return len(self.asleep)

    def hides(self, key: str) -> bool:
        return key in self.asleep and not self.shown


TIMES = (
    Answer("1h", "for an hour"),
    Answer("4h", "for four hours"),
    Answer("tomorrow", "until tomorrow, at nine"),
    Answer("monday", "until Monday, at nine"),
    Answer(ANOTHER, "until another time"),
)


async def snooze(pane: ApprovalsPane, row: Row) -> None:
    bench = pane.bench
    if row.id in pane.asleep:
        if await bench.asked(lambda: bench.desk.rouse(row.id)):
            pane.say(f"{row.id} is shown again")
        return
    until = await time_for(bench, row)
    if until is None:
        return
    done = await bench.ask(lambda: bench.desk.snooze(row.id, until))
    if done is not None:
        key = bench.keymap.first("approvals.snoozed")
        at = moment(done.until)
        pane.say(f"{row.id} is snoozed until {at}; {key} shows what is")


async def time_for(bench: Workbench, row: Row) -> str | None:
    """The words for a time; None when the person leaves it."""
    title = f"Snooze: {row.title}"
    chosen = await bench.push_screen_wait(
        Choose(title, TIMES, grace=Grace(bench.clock))
    )
    if chosen != ANOTHER:
        return chosen
    said = await bench.push_screen_wait(Line(title, hint=KNOWN))
    return said.text if said is not None else None
