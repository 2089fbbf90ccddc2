"""Logs: what attempts wrote while they worked; plentiful, and they decide nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from store.records import LogRecord
from store.shapes import LOG
from store.tables import Log

if TYPE_CHECKING:
    from store.database import Database


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

    `path` chooses one step's, `streams` those of some streams.
    """
    query = LOG.select().where((Log.run == run) & (Log.id > after))
    if path is not None:
        query = query.where(Log.path == path)
    if streams:
        query = query.where(Log.stream.in_(list(streams)))
    return LOG.read(database, query.order_by(Log.id).limit(limit))


def tail(
    database: Database, run: str, limit: int, path: str | None = None
) -> list[LogRecord]:
    """The last `limit` pieces, in order."""
    query = LOG.select().where(Log.run == run)
    if path is not None:
        query = query.where(Log.path == path)
    found = LOG.read(database, query.order_by(Log.id.desc()).limit(limit))
    return found[::-1]
