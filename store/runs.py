"""Runs, as the rows that lists are read from: newest first, paged by id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from peewee import SQL, chunked, fn

from store.hiding import hidden
from store.prefixes import starts_with
from store.records import RunRecord
from store.shapes import RUN
from store.tables import Run
from store.terms import Term, holds, narrowed

if TYPE_CHECKING:
    from store.database import Database

AT_ONCE = 1000  # ids in one query: SQLite takes not any number
ENDED = ("succeeded", "failed", "cancelled", "rolled_back")
OneOrMany = str | Collection[str] | None


def get(database: Database, run: str) -> RunRecord | None:
    found = RUN.records(database.rows_of(_of_id, run))
    return found[0] if found else None


def several(database: Database, ids: Collection[str]) -> dict[str, RunRecord]:
    """Those of these runs that are there, by id."""
    found: dict[str, RunRecord] = {}
    for some in chunked(ids, AT_ONCE):
        query = RUN.select().where(Run.id.in_(some))
        found |= {run.id: run for run in RUN.read(database, query)}
    return found


def _of_id() -> Any:
    return RUN.select().where(Run.id == "")


def find(database: Database, prefix: str) -> list[str]:
    """The ids that begin so, at most five."""
    query = Run.select(Run.id).where(starts_with(Run.id, prefix))
    return [row[0] for row in database.rows(query.order_by(Run.id).limit(5))]


def page(
    database: Database,
    *,
    before: str | None = None,
    limit: int = 100,
    status: OneOrMany = None,
    workflow: str | None = None,
    project: str | None = None,
    since: float | None = None,
    search: str | None = None,
    variants: bool = False,
    inner: bool = False,
    pruned: bool = False,
    terms: Sequence[Term] = (),
    among: Collection[str] | None = None,
) -> list[RunRecord]:
    """Runs newest first. The next page begins `before` the last id of this one.

    Without `inner` only those at the top, which no other run has started; `pruned`
    gives those that were hidden, and no other. `since` is when a run started, at the
    earliest; `search` is looked for in the id, the workflow, the title and the reason,
    and as words in all that was said in a run. `among` these ids alone is looked.
    """
    query = filtered(
        RUN.select(),
        status,
        workflow,
        project,
        since,
        search,
        variants,
    )
    query = narrowed(query, terms)
    query = query.where(hidden(Run.id) if pruned else ~hidden(Run.id))
    if among is not None:
        query = query.where(Run.id.in_(list(among)))
    if not inner:
        query = query.where(Run.parent == "")
    if before is not None:
        query = query.where(Run.id < before)
    return RUN.read(database, query.order_by(Run.id.desc()).limit(limit))


def families(database: Database, tops: Collection[str]) -> dict[str, str]:
    """These runs, and those that they have started at any depth, each with its top."""
    above = dict(database.rows(Run.select(Run.id, Run.root).where(Run.id.in_([*tops]))))
    roots = {above.get(top) or top for top in tops}
    query = Run.select(Run.id, Run.parent).where(
        Run.root.in_([*roots]) & SQL("\"root\" != ''")  # in the words of its index
    )
    inside: dict[str, list[str]] = defaultdict(list)
    for run, parent in database.rows(query):
        inside[parent].append(run)
    found = {top: top for top in tops}
    open_ = [*tops]
    while open_:
        run = open_.pop()
        new = [child for child in inside[run] if child not in found]
        found |= dict.fromkeys(new, found[run])
        open_ += new
    return found


def under(database: Database, root: str) -> list[RunRecord]:
    """The runs that a run at the top has started, at any depth, oldest first."""
    query = RUN.select().where((Run.root == root) & (Run.root != ""))
    return RUN.read(database, query.order_by(Run.id))


def total(
    database: Database,
    *,
    status: OneOrMany = None,
    workflow: str | None = None,
    project: str | None = None,
    since: float | None = None,
    search: str | None = None,
    variants: bool = False,
) -> int:
    """How many runs `page` would give over all pages."""
    query = filtered(
        Run.select(fn.COUNT(Run.id)),
        status,
        workflow,
        project,
        since,
        search,
        variants,
    )
    return int(database.value(query.where(~hidden(Run.id))))


def due(database: Database, now: float, limit: int = 100) -> list[str]:
    """Runs whose time is up, the longest due first."""
    query = Run.select(Run.id).where(Run.wake_at <= now).order_by(Run.wake_at)
    return [row[0] for row in database.rows(query.limit(limit))]


def next_due(database: Database) -> float | None:
    """When the time of a run is up next; None when no run has one."""
    ((found,),) = database.rows_of(_next_due)
    return None if found is None else float(found)


def _next_due() -> Any:
    return Run.select(fn.MIN(Run.wake_at)).where(Run.wake_at.is_null(False))


def counts(database: Database) -> dict[str, int]:
    """How many runs stand in each status; a status that none is in is left out."""
    return dict(database.rows_of(_counts))


def _counts() -> Any:
    query = Run.select(Run.status, fn.COUNT(Run.id)).where(~hidden(Run.id))
    return query.group_by(Run.status)


def statuses(database: Database, among: Collection[str]) -> dict[str, str]:
    """Each run that stands in one of these statuses, hidden or not."""
    query = Run.select(Run.id, Run.status).where(Run.status.in_(list(among)))
    return dict(database.rows(query))


def status_of(database: Database, ids: Collection[str]) -> dict[str, str]:
    """The status of each of these runs."""
    query = Run.select(Run.id, Run.status).where(Run.id.in_(list(ids)))
    return dict(database.rows(query))


def has_variants(database: Database, workflow: str | None) -> bool:
    """Whether any run was asked for by this name and goes by one of several."""
    if not workflow:
        return False
    query = Run.select(Run.id).where(
        (Run.variant_of == workflow) & (Run.variant_of != "")
    )
    return bool(database.rows(query.limit(1)))


def filtered(
    query: Any,
    status: OneOrMany,
    workflow: str | None,
    project: str | None,
    since: float | None,
    search: str | None,
    variants: bool = False,
) -> Any:
    """`variants`: some runs were asked for by that name of several workflows.

    Two indexes make a sorted list dear, so the second is asked only where it is needed.
    """
    if isinstance(status, str):
        query = query.where(Run.status == status)
    elif status is not None:
        query = query.where(Run.status.in_(list(status)))
    if workflow is not None and status in ENDED and not variants:
        query = query.where(Run.ended_at.is_null(False))  # in the words of an index
    if workflow is not None:
        own = Run.workflow == workflow
        query = query.where(own | (Run.variant_of == workflow) if variants else own)
    if project is not None:
        query = query.where(Run.project == project)
    if since is not None:
        query = query.where(Run.started_at >= since)
    if search:
        query = query.where(holds(search))
    return query
