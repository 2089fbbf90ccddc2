"""Being shown a gate later: until when is asked, and the way back is the same key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.later import KNOWN
from engine.snoozing import Snoozes
from engine.spans import moment
from store.records import ApprovalRecord
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

    def look(self, pending: Iterable[ApprovalRecord], now: float) -> bool:
        """Whether other gates are asleep than at the last look."""
        before = self.asleep
        self.asleep = frozenset(
            row.id
            for row in pending
            if (found := self.snoozes.get(row.id)) and found.holds(row, now)
        )
        return self.asleep != before

    def __contains__(self, approval_id: str) -> bool:
        return approval_id in self.asleep

    def __len__(self) -> int:
        return len(self.asleep)

    def hides(self, approval_id: str) -> bool:
        return approval_id in self.asleep and not self.shown


TIMES = (
    Answer("1h", "for an hour"),
    Answer("4h", "for four hours"),
    Answer("tomorrow", "until tomorrow, at nine"),
    Answer("monday", "until Monday, at nine"),
    Answer(ANOTHER, "until another time"),
)


async def snooze(pane: ApprovalsPane, approval: ApprovalRecord) -> None:
    bench = pane.bench
    if approval.id in pane.asleep:
        if await bench.asked(lambda: bench.desk.rouse(approval.id)):
            pane.say(f"{approval.id} is shown again")
        return
    until = await time_for(bench, approval)
    if until is None:
        return
    done = await bench.ask(lambda: bench.desk.snooze(approval.id, until))
    if done is not None:
        key = bench.keymap.first("approvals.snoozed")
        at = moment(done.until)
        pane.say(f"{approval.id} is snoozed until {at}; {key} shows what is")


async def time_for(bench: Workbench, approval: ApprovalRecord) -> str | None:
    """The words for a time; None when the person leaves it."""
    title = f"Snooze: {approval.title}"
    chosen = await bench.push_screen_wait(
        Choose(title, TIMES, grace=Grace(bench.clock))
    )
    if chosen != ANOTHER:
        return chosen
    said = await bench.push_screen_wait(Line(title, hint=KNOWN))
    return said.text if said is not None else None
