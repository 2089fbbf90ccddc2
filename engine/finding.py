"""Finding the runs that a person seeks: by their rows, their words and their cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from engine.sought import Sought
from store import runs
from store.database import Database
from store.records import RunRecord

AT_ONCE = 200  # runs whose cost is looked up in one go

Pages = Callable[..., list[RunRecord]]  # `before` a run and a `limit` to a page


def page(
    database: Database,
    wanted: Sought,
    *,
    before: str | None = None,
    limit: int,
    after: str = "",
    read: Pages | None = None,
) -> list[RunRecord]:
    """The newest runs that are sought, `before` one; those up to `after` are left out.

    What a run has cost is in no row: it is looked up run by run, where it is asked for.
    `read` is the page of the store, narrowed by more than what is sought.
    """
    read = partial(read or partial(runs.page, database), terms=wanted.terms)
    found: list[RunRecord] = []
    size = AT_ONCE if wanted.costs else limit
    for some in _pages(partial(read, search=wanted.text or None), before, size):
        fresh = [run for run in some if run.id > after]
        found += _within(database, wanted, fresh)
        if len(found) >= limit or some[-1].id <= after:
            break
    return found[:limit]


def _pages(read: Pages, before: str | None, size: int) -> Iterator[list[RunRecord]]:
    while some := read(before=before, limit=size):
        yield some
        if len(some) < size:
            return
        before = some[-1].id


def _within(
    database: Database, wanted: Sought, found: list[RunRecord]
) -> list[RunRecord]:
    """Those whose cost fits."""
    if not wanted.costs:
        return found
    from engine.spending import costs_since  # few ask for costs; everyone for a page

    cost = costs_since(database, dict.fromkeys((run.id for run in found), 0.0))
    return [r for r in found if all(each.fits(cost[r.id]) for each in wanted.costs)]
