"""How far this device has counted its events, whatever became of them since.

Its numbers are given once. Those of runs that were removed leave a gap, whose size is
kept, so that a gap of another size still tells of a loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from peewee import fn

from store import packed, settings
from store.tables import Event

if TYPE_CHECKING:
    from store.database import Database

HIGHEST = "events counted"
REMOVED = "events removed"


def setting(database: Database, name: str) -> int:
    return int(settings.get(database, name) or 0)


def put(database: Database, name: str, value: int) -> None:
    """Inside a transaction."""
    settings.put(database, name, str(value))


def newest(database: Database) -> int:
    """The highest number among the rows of events."""
    mine = Event.device == database.device
    return int(database.value(Event.select(fn.MAX(Event.device_seq)).where(mine)) or 0)


def highest(database: Database) -> int:
    """The number of this device's newest event, there or not; 0 before the first."""
    return max(newest(database), setting(database, HIGHEST))


def keep(database: Database) -> None:
    """Before rows of events go: how far it has counted. Inside their transaction."""
    put(database, HIGHEST, highest(database))


def there(database: Database) -> int:
    query = Event.select(fn.COUNT(Event.position))
    loose = int(database.value(query.where(Event.device == database.device)))
    return loose + packed.own(database)


def removed(database: Database) -> int:
    return setting(database, REMOVED)


def note_removal(database: Database, runs: Sequence[str]) -> None:
    """Before the events of these runs go; inside their transaction."""
    mine = (Event.device == database.device) & Event.run.in_(runs)
    gone = int(database.value(Event.select(fn.COUNT(Event.position)).where(mine)))
    keep(database)
    gone += packed.own(database, runs)
    put(database, REMOVED, removed(database) + gone)


def note_return(database: Database, numbers: Sequence[int]) -> None:
    """Before events of this device come back; inside their transaction."""
    before = highest(database)
    after = max(before, *numbers, 0)
    gap_grows = after - before - len(numbers)
    put(database, HIGHEST, after)
    put(database, REMOVED, max(0, removed(database) + gap_grows))


def gap(database: Database) -> int:
    """How many of the numbers given so far no event here bears."""
    return highest(database) - there(database)


def skip_to(database: Database, number: int) -> None:
    """Give no number up to this one again, and miss none of them; in a transaction."""
    put(database, HIGHEST, max(number, highest(database)))
    put(database, REMOVED, gap(database))
