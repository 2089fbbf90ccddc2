"""Settings of the workspace: a text by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peewee import EXCLUDED

from store.tables import Setting

if TYPE_CHECKING:
    from store.database import Database


def get(database: Database, name: str) -> str | None:
    found = database.value(Setting.select(Setting.value).where(Setting.name == name))
    return None if found is None else str(found)


def put(database: Database, name: str, value: str) -> None:
    """Inside a transaction."""
    row = Setting.insert(name=name, value=value)
    database.run(
        row.on_conflict(
            conflict_target=[Setting.name], update={Setting.value: EXCLUDED.value}
        )
    )
