"""Filters that a person has saved under a name, as rows of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from store import settings
from store.prefixes import starts_with
from store.records import Record
from store.tables import Setting

if TYPE_CHECKING:
    from store.database import Database

WHAT = "filter "  # how the name of such a setting begins; a JSON list follows


class FilterRecord(Record, frozen=True, kw_only=True):
    """`pane` is where it is for: runs or inbox; `project` is "" for all of them."""

    person: str
    project: str
    pane: str
    name: str
    text: str


def of_person(database: Database, person: str) -> list[FilterRecord]:
    """All that a person has saved, by project, pane and name."""
    begins = WHAT + msgspec.json.encode([person]).decode().removesuffix("]")
    query = Setting.select(Setting.name, Setting.value)
    rows = database.rows(query.where(starts_with(Setting.name, f"{begins},")))
    found = [_record(name, value) for name, value in rows]
    return sorted(found, key=lambda each: (each.project, each.pane, each.name))


def _record(name: str, text: str) -> FilterRecord:
    words = msgspec.json.decode(name.removeprefix(WHAT), type=tuple[str, str, str, str])
    person, project, pane, own = words
    return FilterRecord(person=person, project=project, pane=pane, name=own, text=text)


def save(database: Database, record: FilterRecord) -> None:
    """In the place of one of that name, if there is one."""
    database.write(lambda: settings.put(database, _key(record), record.text))


def delete(database: Database, record: FilterRecord) -> None:
    query = Setting.delete().where(Setting.name == _key(record))
    database.write(lambda: database.run(query))


def _key(record: FilterRecord) -> str:
    words = [record.person, record.project, record.pane, record.name]
    return WHAT + msgspec.json.encode(words).decode()
