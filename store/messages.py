"""What models were asked, message by message: each text once, by its SHA-256.

The same words are asked again and again: at every turn of a model that calls tools, by
a retry, by a fork, by every run of an agent. The log names them by their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from peewee import chunked, fn

from store.tables import Log, Message

if TYPE_CHECKING:
    from store.database import Database

SHORT = 100  # characters; a shorter one takes no less room elsewhere than in the log
AT_ONCE = 200


def keep(database: Database, texts: Iterable[str]) -> dict[str, int]:
    """The number of each text, given now where it has none; inside a transaction."""
    by_digest = {sha256(text.encode()).digest(): text for text in texts}
    numbers: dict[str, int] = {}
    for some in chunked(by_digest.items(), AT_ONCE):
        fields = (Message.digest, Message.text)
        database.run(Message.insert_many(some, fields=fields).on_conflict_ignore())
        digests = [digest for digest, _ in some]
        query = Message.select(Message.id, Message.digest)
        for number, digest in database.rows(query.where(Message.digest.in_(digests))):
            numbers[by_digest[bytes(digest)]] = number
    return numbers


def size(database: Database, runs: Sequence[str]) -> int:
    """Characters of what some runs were asked, also where others were asked it too."""
    named = Log.select(Log.message).where(Log.run.in_(runs))
    lengths = Message.select(fn.SUM(fn.LENGTH(Message.text)))
    return int(database.value(lengths.where(Message.id.in_(named))) or 0)


def sweep(database: Database) -> int:
    """Remove what no log names; how many. Inside a transaction."""
    named = Log.select(Log.message).where(Log.message.is_null(False))
    return database.run(Message.delete().where(Message.id.not_in(named)))


def missing(database: Database) -> int:
    """How many messages the logs name that are not there."""
    known = Message.select(Message.id)
    lost = Log.message.is_null(False) & Log.message.not_in(known)
    return int(database.value(Log.select(fn.COUNT(Log.id)).where(lost)) or 0)
