"""The audit: every act of a person, the newest first."""

from __future__ import annotations

from engine.audit import Done, audit
from engine.counted import counted
from tui.actions import AUDIT
from tui.screens.listing import ListScreen, Row
from tui.text import mark_of
from tui.widgets.vtable import Column
from tui.words.telling import telling, whence
from tui.words.times import moment

# Whoever writes reads the clock first: a commit may be so much (seconds) behind it.
BEHIND = 60.0


class AuditScreen(ListScreen, inherit_bindings=False):
    """Reads all once, and then what came since; acts never change."""

    place = AUDIT
    heading = "Audit"
    columns = (
        Column("at", "WHEN", 16, priority=8),
        Column("by", "WHO", 12, priority=9),
        Column("from", "FROM", 28, priority=4),
        Column("run", "RUN", 12, priority=5),
        Column("what", "WHAT", None, priority=9),
    )
    empty = (
        "Nobody has done anything here yet.\n"
        "What a person starts, decides or changes is written down.\n"
        "{go.runs} {runs.start}  start a run"
    )
    runless = "it was done outside of any run: there is none to go to"

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Row] = {}
        self.newest = 0.0

    def rows(self) -> list[Row]:
        database = self.bench.desk.database
        done = audit(database, since=max(0.0, self.newest - BEHIND))
        self.known |= {row.key: row for row in map(row_of, done)}
        self.newest = max([self.newest, *(each.at for each in done)])
        return list(reversed(self.known.values()))

    def summary(self) -> str:
        count = len(self.known)
        return f"{counted(count, 'act')}, the newest first" if count else ""


def row_of(done: Done) -> Row:
    what = words(done)
    by, at, where = done.by.name, moment(done.at), whence(done.by)
    event = f", event {done.seq}" if done.run else ""
    told = f"{at}{event}\n{by}, from {where or 'nowhere that is known'}\n{what}"
    # An event may name several people: each of them did something.
    key = f"{done.at} {done.run} {done.seq} {by} {done.kind} {done.what}"
    return Row(key, (at[:16], by, where, done.run, what), told, done.run)


def words(done: Done) -> str:
    """What was done, in words: as `weir audit` tells it."""
    if done.event is None:
        return f"{done.kind}: {done.what}"
    word, text = telling(done.event)
    mark = mark_of(word).text() if word else ""
    where = str(getattr(done.event, "path", ""))
    return "  ".join(part for part in (mark, where, text) if part)
