"""The log of a run or of one step: all of it, of which a stretch is held at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from threading import Event
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace
from textual import work
from textual.worker import Worker

from store.database import Database
from store.records import LogRecord
from tui import stretch as s
from tui.messages import LogRead
from tui.stretch import EMPTY, ERR, STYLES, Hit, Log, Sought, Stretch
from tui.widgets.logtext import LogLine, LogText
from tui.widgets.vlog import VLog

if TYPE_CHECKING:
    from tui.app import Workbench

NEAR = s.PAGE // 2  # lines from an end of the stretch at which the next page is read
MOMENT = 0.2  # seconds that a search takes untold, and that one may go on typing

SEARCHING = "searching…, esc gives up"
NOWHERE, NO_FAILURE = "no line has it", "no line tells of a failure"
ROUND = "all round"  # from the end on at the beginning, or the other way

Read = Callable[[], Stretch]


class Logged(VLog):
    """Reads on where one scrolls to, and looks for what is sought in all of it.

    While it follows the end, what is new is added. While someone reads it stands still,
    and counts.
    """

    def __init__(self, *, id: str) -> None:  # noqa: A002 - as every widget names it
        super().__init__(id=id)
        self.wrapped = True
        self.log_of = Log("")
        self.stretch = EMPTY
        self.newest_id = 0  # of the pieces that were read, or counted as new
        self.state = ""  # what is to be said of a search
        self.late: list[LogRead] = []  # what came while a stretch was read

    @property
    def bench(self) -> Workbench:
        return cast("Workbench", self.app)

    # Whose log

    def begin(self, log: Log) -> None:
        """Show nothing of the log before; what comes is for this one."""
        self.log_of = log
        self.stretch, self.newest_id = EMPTY, 0
        self.give_up()
        self.workers.cancel_node(self)
        self.late.clear()
        self.clear()

    def turn_raw(self) -> None:
        """Tell it byte for byte, or as text again, from the same place."""
        self.log_of = replace(self.log_of, raw=not self.log_of.raw)
        held = self.stretch
        self.read(lambda: held)

    # What was read with the news

    def came(self, read: LogRead) -> None:
        """New pieces: added while the end is followed, and else counted."""
        if read.path != self.log_of.path:
            return
        if self.reading:
            self.late.append(read)
        else:
            self.add(read)

    def add(self, read: LogRead) -> None:
        if read.pieces is None:  # it was read while someone was not at the end
            self.behind(read.lines, read.last)
            return
        fresh = [piece for piece in read.pieces if piece.id > self.newest_id]
        if not fresh:
            return
        if not self.following or not self.ends:
            self.behind(sum(not piece.open for piece in fresh), fresh[-1].id)
        elif read.skipped:
            pieces = s.merged(read.pieces)
            self.show(Stretch(pieces, first=False, last_id=fresh[-1].id))
            self.reach()
        else:
            self.newest_id = fresh[-1].id
            self.go_on(fresh)

    def behind(self, lines: int, last: int) -> None:
        if last <= self.newest_id:
            return
        self.newest_id = last
        if self.following:  # someone has come back to the end meanwhile
            self.to_end()
            return
        self.waiting += lines
        if self.stretch.total:
            self.stretch = replace(self.stretch, total=self.stretch.total + lines)
        self.refresh_marker()

    def go_on(self, fresh: Sequence[LogRecord]) -> None:
        last = self.stretch.pieces[-1] if self.stretch.pieces else None
        self.stretch = replace(s.with_more(self.stretch, fresh), total=0)
        self.text.oldest = self.stretch.pieces[0].id
        first, *rest = s.merged(fresh)
        if last is not None and s.goes_on(last, first):
            self.extend_last(s.said(self.log_of, first))
        else:
            rest = [first, *rest]
        self.append([*s.lines(self.log_of, rest)])

    # Where one is

    @property
    def ends(self) -> bool:
        return self.stretch.last_id >= self.newest_id

    @property
    def whole(self) -> bool:
        """Whether all of the log is held."""
        return self.stretch.first and self.ends

    @property
    def where(self) -> str:
        """Which lines are in sight, of how many."""
        lines = len(self.text.lines)
        if self.following or not lines or not self.stretch.total:
            return ""
        top, about = self._top_line, "" if self.whole else "~"
        end = min(self.scroll_offset.y + self.size.height, self.text.rows) - 1
        first = self.stretch.before + top + 1
        last = first + self.text.locate(end)[0] - top
        total = lines if self.whole else max(self.stretch.total, last)
        return f"{first:,}-{last:,} of {about}{total:,}"

    def marker(self) -> str:
        words = (self.state, self.where, super().marker())
        return " · ".join(word for word in words if word)

    def moved(self) -> None:
        if self.following:
            return
        if not self.searching:
            self.state = ""
        self.refresh_marker()
        self.reach()

    def reach(self) -> None:
        """Read on before one comes to where nothing is held."""
        fills = bool(self.max_scroll_y)
        top = self._top_line if fills else 0
        if self.reading:
            return  # it looks again when that is shown
        if self.following and not self.ends:
            self.to_end()
        elif not self.stretch.first and top < NEAR and not (self.following and fills):
            self.read_on(s.older)
        elif not self.ends and top + self.size.height > len(self.text.lines) - NEAR:
            self.read_on(s.newer)
        elif not self.following and not self.stretch.total:
            self.count()

    @work(exclusive=True, group="count")
    async def count(self) -> None:
        database, log, held = self.bench.desk.database, self.log_of, self.stretch
        found = await self.bench.ask(lambda: s.counted(database, log, held))
        if found is not None and held is self.stretch:
            self.stretch = found
            self.refresh_marker()
        elif found is not None:
            self.reach()

    # Reading: a worker reads, and what was read is shown

    def read_on(self, more: Callable[[Database, Log, Stretch], Stretch]) -> None:
        database, log, held = self.bench.desk.database, self.log_of, self.stretch
        self.read(lambda: more(database, log, held))

    @property
    def reading(self) -> bool:
        mine = (w for w in self.workers if w.node is self and w.group == "stretch")
        return any(not w.is_finished for w in mine)

    def read(self, read: Read, then: Callable[[], None] = lambda: None) -> None:
        self._read(self.log_of, read, then)

    @work(exclusive=True, group="stretch")
    async def _read(self, log: Log, read: Read, then: Callable[[], None]) -> None:
        columns, stamps = self.text.columns, self.text.stamps

        def made() -> tuple[Stretch, LogText]:
            stretch = read()
            return stretch, s.laid_out(log, stretch, columns, stamps)

        found = await self.bench.ask(made)
        if log != self.log_of or not self.is_attached:
            return
        if found is not None:
            self.show(*found)
            then()
        late, self.late = self.late, []
        for each in late:
            self.add(each)
        self.call_later(self.reach)  # when this has come to its end

    def show(self, stretch: Stretch, text: LogText | None = None) -> None:
        self.stretch = stretch
        self.newest_id = max(self.newest_id, stretch.last_id)
        columns, stamps = self.text.columns, self.text.stamps
        self.take(text or s.laid_out(self.log_of, stretch, columns, stamps))

    def read_anew(self) -> None:
        database, log = self.bench.desk.database, self.log_of
        self.read(lambda: s.newest(database, log))

    def to_end(self) -> None:
        """Follow the end, which is read anew where it is not held."""
        self.give_up()
        if self.ends and self.stretch.pieces:
            VLog.action_follow(self)
            return
        database, log = self.bench.desk.database, self.log_of
        self.read(lambda: s.newest(database, log), lambda: VLog.action_follow(self))

    def action_follow(self) -> None:
        self.to_end()

    def action_cursor_top(self) -> None:
        self.give_up()
        if self.stretch.first:
            super().action_cursor_top()
            return
        database, log = self.bench.desk.database, self.log_of
        self.read(lambda: s.oldest(database, log), super().action_cursor_top)

    # Searching: what is held first, and then the store, in a thread

    def find(self, text: str) -> int:
        """Go to the first line that has the text from here on; "" ends it."""
        self.give_up()
        found = super().find(text)
        if text and not found:
            self.seek_beyond(text, self.has_needle, wait=MOMENT)
        return found

    def has_needle(self, line: LogLine) -> bool:
        return self.needle.lower() in line.shown(self.text.stamps).lower()

    def action_find_next(self) -> None:
        self.find_beyond(back=False)

    def action_find_previous(self) -> None:
        self.find_beyond(back=True)

    def find_beyond(self, *, back: bool) -> None:
        self.give_up()
        if self.needle and not self.find_on(back=back):
            self.seek_beyond(self.needle, self.has_needle, back=back)

    def next_error(self) -> None:
        self.give_up()
        if not self.seek(_tells_of_failure):
            self.seek_beyond("", _tells_of_failure, streams=(ERR,))

    @property
    def searching(self) -> list[Worker[None]]:
        mine = (w for w in self.workers if w.node is self and w.group == "search")
        return [worker for worker in mine if not worker.is_finished]

    def give_up(self) -> bool:
        """End a search; False when there was none."""
        searching = self.searching
        for worker in searching:
            worker.cancel()
        self.say_of_search("")
        return bool(searching)

    def say_of_search(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.refresh_marker()

    @work(exclusive=True, group="search")
    async def seek_beyond(
        self,
        needle: str,
        wanted: Callable[[LogLine], bool],
        *,
        back: bool = False,
        streams: Collection[str] = (),
        wait: float = 0.0,
    ) -> None:
        """Look outside of the stretch, and at last in it from its other end."""
        await asyncio.sleep(wait)
        hits: list[Hit] | None = []
        if not self.whole and (pieces := self.stretch.pieces):
            begins, ends, stamps = pieces[0].id, self.stretch.last_id, self.text.stamps
            hits = await self.searched(
                Sought(needle.lower(), begins, ends, back, streams, stamps)
            )
        if hits is None:
            self.say_of_search("")  # the store could not be read, which was said
        elif hits:
            self.go_to(hits[0], wanted)
        elif self.seek_round(wanted, back=back):
            self.say_of_search(ROUND)
        else:
            self.say_of_search(NO_FAILURE if streams else NOWHERE)

    async def searched(self, sought: Sought) -> list[Hit] | None:
        database, log, stop = self.bench.desk.database, self.log_of, Event()
        told = self.set_timer(MOMENT, lambda: self.say_of_search(SEARCHING))
        try:
            return await self.bench.ask(lambda: s.search(database, log, sought, stop))
        finally:
            told.stop()
            stop.set()

    def go_to(self, hit: Hit, wanted: Callable[[LogLine], bool]) -> None:
        """Read what stands around a line, and go to it."""
        database, log = self.bench.desk.database, self.log_of

        def arrive() -> None:
            self.seek(wanted, start=self.text.index_of(hit.key))
            self.say_of_search(ROUND if hit.round else "")

        self.read(lambda: s.around(database, log, hit.key), arrive)


def _tells_of_failure(line: LogLine) -> bool:
    return line.style == STYLES[ERR]
