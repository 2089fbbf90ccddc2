"""Logs: what attempts wrote while they worked; plentiful, and they decide nothing.

What a model was asked is written as whole messages, whose texts are kept once
(`messages`), and is read line by line like all else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace
from peewee import JOIN, Case, fn

from store import messages
from store.records import LogRecord
from store.shapes import LOG, Row
from store.tables import Log, Message

if TYPE_CHECKING:
    from store.database import Database

PROMPT = "prompt"  # the stream of messages
AT_ONCE = 250  # rows; one of them may be a message of a thousand lines
LINE_END = re.compile(r"\r\n?|\n")
WRITTEN = (*LOG.written, "message")


def page(
    database: Database,
    run: str,
    *,
    after: int = 0,
    limit: int = 1000,
    path: str | None = None,
    streams: Collection[str] = (),
) -> list[LogRecord]:
    """Pieces with an id greater than `after`, in order.

    `path` chooses one step's, `streams` those of some streams. The lines of a message
    have one id, and come together: there may be a few more.
    """
    found: list[LogRecord] = []
    while len(found) < limit and (
        some := stored(database, run, after, min(limit, AT_ONCE), path, streams)
    ):
        for record in some:
            if len(found) < limit:
                found += lines_of(record)
        after = some[-1].id
    return found


def tail(
    database: Database,
    run: str,
    limit: int,
    path: str | None = None,
    *,
    before: int | None = None,
    streams: Collection[str] = (),
) -> list[LogRecord]:
    """The last `limit` pieces, in order; of those with an id less than `before`.

    The lines of a message come together, as in `page`.
    """
    query = of_run(run, path, streams).order_by(Log.id.desc())
    query = query.limit(min(limit, AT_ONCE))
    found: list[LogRecord] = []
    while len(found) < limit:
        older = query if before is None else query.where(Log.id < before)
        some = [record_of(row) for row in database.rows(older)]
        if not some:
            break
        for record in some:
            if len(found) < limit:
                found += reversed([*lines_of(record)])
        before = some[-1].id
    return found[::-1]


class Count(NamedTuple):
    """How many lines there are, and the id of the last piece: 0 without one."""

    lines: int
    last: int


def count(
    database: Database,
    run: str,
    path: str | None = None,
    *,
    after: int = 0,
    before: int | None = None,
) -> Count:
    """About how many lines there are; exactly so where none was broken off."""
    text = fn.COALESCE(Message.text, Log.text)
    ends = fn.LENGTH(text) - fn.LENGTH(fn.REPLACE(text, "\n", ""))
    lines = Case(None, [(Log.stream == PROMPT, 1 + ends), (Log.open, 0)], 1)
    query = of_run(run, path).select(fn.SUM(lines), fn.MAX(Log.id))
    query = query.where(Log.id > after)
    if before is not None:
        query = query.where(Log.id < before)
    ((many, last),) = database.rows(query)
    return Count(many or 0, last or 0)


def stored(
    database: Database,
    run: str,
    after: int = 0,
    limit: int = 1000,
    path: str | None = None,
    streams: Collection[str] = (),
) -> list[LogRecord]:
    """As `page`, with each message in one piece, as it was written."""
    query = of_run(run, path, streams).where(Log.id > after)
    query = query.order_by(Log.id).limit(limit)
    return [record_of(row) for row in database.rows(query)]


def of_run(run: str, path: str | None, streams: Collection[str] = ()) -> Any:
    query = (
        Log.select(*LOG.columns, Message.text)
        .join(Message, JOIN.LEFT_OUTER, on=(Log.message == Message.id))
        .where(Log.run == run)
    )
    if path is not None:
        query = query.where(Log.path == path)
    return query.where(Log.stream.in_(list(streams))) if streams else query


def record_of(row: Row) -> LogRecord:
    *own, message = row
    record = LOG.record_of(own)
    return record if message is None else replace(record, text=message)


def lines_of(record: LogRecord) -> Iterator[LogRecord]:
    if record.stream != PROMPT:
        yield record
        return
    whole, at = f"{record.text}\n", 0
    for end in LINE_END.finditer(whole):
        exact = None if end[0] == "\n" else whole[at : end.end()].encode()
        yield replace(record, text=whole[at : end.start()], exact=exact)
        at = end.end()


def rows(database: Database, records: Sequence[LogRecord]) -> list[Row]:
    """What is to be written of some pieces; inside a transaction."""
    long = [r.text for r in records if is_kept_once(r)]
    numbers = messages.keep(database, long) if long else {}
    return [
        (*LOG.row(replace(r, text="")), numbers[r.text])
        if is_kept_once(r)
        else (*LOG.row(r), None)
        for r in records
    ]


def is_kept_once(record: LogRecord) -> bool:
    return record.stream == PROMPT and len(record.text) > messages.SHORT


def insert(rows: Sequence[Row]) -> Any:
    return Log.insert_many(rows, fields=WRITTEN)
