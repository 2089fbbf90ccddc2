"""A stretch of a run's log: the pieces around what is seen, of a log of any length.

It is read from the store in a thread. Older and newer pieces are added as someone comes
near its ends, and as many are forgotten at the other end: so it never grows.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from threading import Event
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from store import logs
from store.database import Database
from store.records import LogRecord
from tui.text import show, spelt
from tui.widgets.logtext import LogLine, LogText

PAGE = 500  # lines that are read at once
HELD = 4 * PAGE  # in a stretch
MOST_PAGES = 10  # of pieces, for a page of lines: an answer has many pieces a line
BREATH = 0.001  # seconds in which a search lets the screen go first
ERR = "err"
STYLES = {
    ERR: "$text-error",
    "prompt": "$foreground-muted",
    "info": "$text-accent",
    "llm": "",
    "out": "",
}


class Log(Struct, frozen=True):
    """Whose log: a run's, or one step's alone; told byte for byte when it is `raw`."""

    run: str
    path: str | None = None
    raw: bool = False


class Stretch(Struct, frozen=True):
    """Lines, each a piece that goes by the id of the first of which it was made.

    `first`: nothing stands before it. `last_id`: no piece up to that one is missing.
    `before` and `total` are lines, about; with a total of 0 they were not counted yet.
    """

    pieces: list[LogRecord]
    first: bool
    last_id: int
    before: int = 0
    total: int = 0


EMPTY = Stretch([], first=True, last_id=0)


# Reading


def newest(database: Database, log: Log) -> Stretch:
    return older(database, log, Stretch([], first=False, last_id=0))


def oldest(database: Database, log: Log) -> Stretch:
    return newer(database, log, EMPTY)


def around(database: Database, log: Log, at: int) -> Stretch:
    """A page before the piece of that id, and a page from it on."""
    found = Stretch([], first=False, last_id=at - 1)
    return older(database, log, newer(database, log, found))


def older(database: Database, log: Log, stretch: Stretch) -> Stretch:
    """With a page of what stands before it; of the end of the log where it is empty."""
    before = stretch.pieces[0].id if stretch.pieces else None
    more: list[LogRecord] = []
    for _ in range(MOST_PAGES):
        page = logs.tail(database, log.run, PAGE, log.path, before=before)
        more = [*page, *more]
        if len(page) < PAGE or _many(more):
            break
        before = page[0].id
    last_id = stretch.last_id or (more[-1].id if more else 0)
    pieces, first = merged([*more, *stretch.pieces]), len(page) < PAGE
    before = stretch.before - (len(pieces) - len(stretch.pieces))
    cut = whole(pieces, HELD)
    if cut < len(pieces):
        last_id = pieces[cut].id - 1
    before = 0 if first else max(0, before)
    return Stretch(pieces[:cut], first, last_id, before, stretch.total)


def newer(database: Database, log: Log, stretch: Stretch) -> Stretch:
    """With a page of what follows it."""
    after, more = stretch.last_id, list[LogRecord]()
    for _ in range(MOST_PAGES):
        page = logs.page(database, log.run, after=after, limit=PAGE, path=log.path)
        more += page
        if len(page) < PAGE or _many(more):
            break
        after = page[-1].id
    return with_more(stretch, more)


def _many(pieces: Iterable[LogRecord]) -> bool:
    return sum(not piece.open for piece in pieces) >= PAGE


def counted(database: Database, log: Log, stretch: Stretch) -> Stretch:
    """With how many lines there are, and how many of them stand before it."""
    total = logs.count(database, log.run, log.path).lines
    before = 0
    if not stretch.first and stretch.pieces:
        begins = stretch.pieces[0].id
        before = logs.count(database, log.run, log.path, before=begins).lines
    return replace(stretch, before=before, total=total)


def with_more(stretch: Stretch, more: Sequence[LogRecord]) -> Stretch:
    """With pieces that follow it, and the oldest forgotten where there are too many."""
    if not more:
        return stretch
    # Only the last line can go on.
    pieces = [*stretch.pieces[:-1], *merged([*stretch.pieces[-1:], *more])]
    longer = replace(stretch, pieces=pieces, last_id=more[-1].id)
    if len(pieces) <= HELD:
        return longer
    cut = whole(pieces, len(pieces) - HELD)
    before = stretch.before + cut
    return replace(longer, pieces=pieces[cut:], first=False, before=before)


def whole(pieces: Sequence[LogRecord], at: int) -> int:
    """The nearest place to cut at, from there on, that leaves every message whole."""
    while 0 < at < len(pieces) and pieces[at - 1].id == pieces[at].id:
        at += 1
    return at


# Pieces as lines


def merged(pieces: Iterable[LogRecord]) -> list[LogRecord]:
    """One piece for each line."""
    return [*map(_merge, _groups(pieces))]


def _groups(
    pieces: Iterable[LogRecord], back: bool = False
) -> Iterator[list[LogRecord]]:
    """The pieces of each line together, in the order in which they were written.

    `back`: the newest come first.
    """
    group: list[LogRecord] = []
    for piece in pieces:
        if group and not goes_on(*((piece, group[-1]) if back else (group[-1], piece))):
            yield group[::-1] if back else group
            group = []
        group.append(piece)
    if group:
        yield group[::-1] if back else group


def goes_on(last: LogRecord, piece: LogRecord) -> bool:
    """Whether a piece continues the line that the one before it has left open."""
    ours = (last.path, last.attempt, last.stream)
    return last.open and ours == (piece.path, piece.attempt, piece.stream)


def _merge(group: Sequence[LogRecord]) -> LogRecord:
    first, *rest = group
    if not rest:
        return first
    text = "".join(piece.text for piece in group)
    line = replace(first, text=text, open=group[-1].open, exact=None)
    written = b"".join(piece.written for piece in group)
    return line if line.written == written else replace(line, exact=written)


def lines(log: Log, pieces: Iterable[LogRecord]) -> Iterator[LogLine]:
    for piece in pieces:
        style = STYLES.get(piece.stream, "")
        stamp = _clock(int(piece.at))
        yield LogLine(stamp, _tag(piece), style, said(log, piece), key=piece.id)


def said(log: Log, piece: LogRecord) -> str:
    if log.raw:
        return spelt(piece.written)
    return piece.text if piece.open else piece.text.removesuffix("\n")


def _tag(piece: LogRecord) -> str:
    # As `weir logs` says it: what a model was asked is not what it answered.
    return piece.path if piece.stream == "out" else f"{piece.path} {piece.stream}"


@lru_cache(4096)
def _clock(at: int) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%H:%M:%S}"


def laid_out(log: Log, stretch: Stretch, columns: int, stamps: bool) -> LogText:
    """Its lines with their rows: most of the work of showing it, done in the thread."""
    text = LogText()
    text.stamps = stamps
    text.lay_out(columns)
    text.add(lines(log, stretch.pieces))
    return text


# Searching


class Sought(Struct, frozen=True):
    """What is looked for, beyond the pieces with ids from `begins` to `ends`.

    The `needle` is in small letters, and in what is shown of a line: its time only with
    `stamps`. `streams` are those in which it can be: all when there are none.
    """

    needle: str
    begins: int
    ends: int
    back: bool = False
    streams: Collection[str] = ()
    stamps: bool = True


class Hit(NamedTuple):
    key: int
    round: bool  # it was come to over the end of the log, or over its beginning


def search(database: Database, log: Log, sought: Sought, stop: Event) -> list[Hit]:
    """The next line that has it, all round; nothing without one, or when stopped."""
    for again in (False, True):
        pieces = _beyond(database, log, sought, again, stop)
        for piece in map(_merge, _groups(pieces, sought.back)):
            if _is_wanted(log, sought, piece):
                return [Hit(piece.id, again)]
    return []


def _is_wanted(log: Log, sought: Sought, piece: LogRecord) -> bool:
    text = f"{_tag(piece)} {show(said(log, piece))}"
    if sought.stamps:
        text = f"{_clock(int(piece.at))} {text}"
    return sought.needle in text.lower()


def _beyond(
    database: Database, log: Log, sought: Sought, again: bool, stop: Event
) -> Iterator[LogRecord]:
    """What follows the stretch that was looked through; `again`: what stands before."""
    at = sought.ends if not again else 0
    if sought.back:
        at = sought.begins if not again else 0
    while not stop.is_set():
        page = _page(database, log, sought, at)
        past = [p for p in page if again and _is_past(sought, p)]
        yield from page if not past else [p for p in page if not _is_past(sought, p)]
        if past or not page:
            return
        at = page[-1].id
        time.sleep(BREATH)


def _page(database: Database, log: Log, sought: Sought, at: int) -> list[LogRecord]:
    """The page next to an id, in the direction of the search; 0: at the log's end."""
    if not sought.back:
        return logs.page(
            database,
            log.run,
            after=at,
            limit=PAGE,
            path=log.path,
            streams=sought.streams,
        )
    page = logs.tail(
        database,
        log.run,
        PAGE,
        log.path,
        before=at or None,
        streams=sought.streams,
    )
    return page[::-1]


def _is_past(sought: Sought, piece: LogRecord) -> bool:
    """Whether it is come to that has been looked at already."""
    return piece.id <= sought.ends if sought.back else piece.id >= sought.begins
