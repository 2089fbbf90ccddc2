"""What a person has edited at a gate and not decided on yet, as rows of settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from store import settings
from store.prefixes import starts_with
from store.records import Record
from store.tables import Setting

if TYPE_CHECKING:
    from store.database import Database

WHAT = "draft "  # how the name of such a setting begins; a JSON list follows


class DraftRecord(Record, frozen=True, kw_only=True):
    """An edited text. `shown` is the name of what it was, `digest` what was asked.

    One that is not `whole` can't be approved yet: it has to be edited again.
    """

    person: str
    gate: str
    digest: str
    shown: str
    text: str
    whole: bool = True


_read = msgspec.json.Decoder(DraftRecord)


def of_person(database: Database, person: str) -> list[DraftRecord]:
    begins = WHAT + msgspec.json.encode([person]).decode().removesuffix("]")
    query = Setting.select(Setting.value)
    rows = database.rows(query.where(starts_with(Setting.name, f"{begins},")))
    return [_read.decode(text) for (text,) in rows]


def save(database: Database, record: DraftRecord) -> None:
    """In the place of the one of that gate, if there is one; on disk on return."""
    text = msgspec.json.encode(record).decode()
    key = _key(record.person, record.gate)
    database.write(lambda: settings.put(database, key, text))


def delete(database: Database, person: str, gates: Iterable[str]) -> None:
    names = [_key(person, gate) for gate in gates]
    query = Setting.delete().where(Setting.name.in_(names))
    database.write(lambda: database.run(query))


def _key(person: str, gate: str) -> str:
    return WHAT + msgspec.json.encode([person, gate]).decode()
