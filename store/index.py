"""Which runs hold which words: the full-text index of SQLite, behind one door.

All that knows FTS5 is here, so that another database can have its own. The index is
filled behind the commits, by position; the newest words may be missing for a moment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from peewee import SQL

from store import counting, packed
from store.hiding import hidden
from store.tables import Indexed, Words

if TYPE_CHECKING:
    from store.database import Database

POSITION = "words indexed to"
# Of the newest matches so many are looked through for one list.
MOST_FOUND = 10_000
LONGEST = 1_000_000  # characters of one run
NOTHING = SQL("0")
WORD = re.compile(r"[^\W_]")


class Doc(Struct, frozen=True):
    """A run's words, as of its event `seq`."""

    run: str
    seq: int
    body: str


def expression(text: str) -> str:
    """What FTS5 is asked: each word as it stands, the last one perhaps unfinished.

    Empty when there is no word in it.
    """
    words = [word.replace('"', "") for word in text.split() if WORD.search(word)]
    if not words:
        return ""
    asked = [f'"{word}"' for word in words]
    return " ".join(asked) + ("*" if len(words[-1]) > 1 else "")


def found_in(column: Any, text: str) -> Any:
    """Whether the run that a column names holds all these words."""
    asked = expression(text)
    return column.in_(matches(asked, MOST_FOUND)) if asked else NOTHING


def newest(
    database: Database, text: str, limit: int, before: str | None = None
) -> list[str]:
    """The newest runs with all these words in them, hidden ones left out."""
    asked = expression(text)
    if not asked:
        return []
    query = matches(asked, limit).where(~hidden(Indexed.run))
    if before is not None:
        query = query.where(Indexed.run < before)
    return sorted((run for (run,) in database.rows(query)), reverse=True)


def matches(asked: str, limit: int) -> Any:
    # By document, which FTS5 walks newest first: to sort by run it would find them all.
    return (
        Indexed.select(Indexed.run)
        .join(Words, on=(Words.rowid == Indexed.doc))
        .where(Words.match(asked))  # type: ignore[no-untyped-call]
        .order_by(Words.rowid.desc())
        .limit(limit)
    )


def position(database: Database) -> int:
    """Up to where events have been looked at."""
    return counting.setting(database, POSITION)


def moved(database: Database, after: int, limit: int) -> tuple[int, list[str]]:
    """The runs of the events after a position, each once, and the last position."""
    found = packed.moved(database, after, limit)
    last = found[-1][0] if found else after
    return last, list(dict.fromkeys(run for _, run in found))


def put(database: Database, docs: Sequence[Doc], position: int) -> None:
    """Take in runs as they are by now; inside a transaction."""
    for doc in docs:
        put_one(database, doc)
    if position > counting.setting(database, POSITION):
        counting.put(database, POSITION, position)


def put_one(database: Database, doc: Doc) -> None:
    known = Indexed.select(Indexed.doc, Indexed.seq).where(Indexed.run == doc.run)
    number, seq = next(iter(database.rows(known)), (None, 0))
    if seq >= doc.seq:
        return  # another process has read a newer one
    if number is None:
        database.run(Indexed.insert(run=doc.run, seq=doc.seq))
        number = database.value(known)
    else:
        database.run(Words.delete().where(Words.rowid == number))
        database.run(Indexed.update(seq=doc.seq).where(Indexed.doc == number))
    fields = (Words.rowid, Words.body)
    row = (number, doc.body[:LONGEST])
    database.run(Words.insert_many([row], fields=fields))


def remove(database: Database, runs: Sequence[str]) -> None:
    """Forget the words of these runs; inside a transaction."""
    query = Indexed.select(Indexed.doc).where(Indexed.run.in_(runs))
    numbers = [number for (number,) in database.rows(query)]
    if numbers:
        database.run(Words.delete().where(Words.rowid.in_(numbers)))
        database.run(Indexed.delete().where(Indexed.doc.in_(numbers)))


def settle(database: Database) -> None:
    """Put the index into one piece: what was removed is only then overwritten."""
    database.run(SQL("insert into words(words) values ('optimize')"))


def forget_all(database: Database) -> None:
    """Empty the index; inside a transaction. It fills again from the first event."""
    database.run(SQL("insert into words(words) values ('delete-all')"))
    database.run(Indexed.delete())
    counting.put(database, POSITION, 0)
