"""What each person does not want to see for a while: a text of theirs, in one row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from store import acts, settings
from store.records import ActRecord

if TYPE_CHECKING:
    from store.database import Database


def of(database: Database, person: str) -> str:
    """What was kept for them last; "{}" where nothing was."""
    return settings.get(database, _name(person)) or "{}"


def change(
    database: Database, person: str, to: Callable[[str], str], act: ActRecord
) -> None:
    """Put another text in place of theirs, with the act that this was."""

    def work() -> None:
        settings.put(database, _name(person), to(of(database, person)))
        acts.write(database, act)

    database.write(work)


def _name(person: str) -> str:
    return f"snoozed by {person}"
