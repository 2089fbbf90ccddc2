"""What a run has taken so far, and what it may still take, as past ones have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from engine.blocking import Blocking, Blocks
from engine.figures import Spread, spread
from engine.machine.places import id_of
from engine.spans import age, left
from engine.spending import Spent, costs_since, dollars, in_words, spent_in
from store import approvals, runs
from store.database import Database
from store.records import ApprovalRecord

if TYPE_CHECKING:
    from engine.handle import Engine

LOOKED_AT = 50  # of the newest runs that succeeded


class Outlook(Struct, frozen=True):
    """`time` in seconds and `cost` in dollars, from an approval to the end.

    `runs` are those that were approved at this gate and succeeded.
    """

    begun: float
    spent: Spent
    runs: int
    time: Spread
    cost: Spread
    blocks: Blocks = Blocks()
    family: frozenset[str] = frozenset()  # the run, and those below it: they spend


def outlook(engine: Engine, approval: ApprovalRecord) -> Outlook | None:
    """What is known at a gate; None for a run that is not there any more."""
    run = runs.get(engine.database, approval.run)
    if run is None:
        return None
    family = runs.families(engine.database, [run.id])
    went_on = went_on_from(engine.database, approval)
    ends = {each: at - went_on[each][0] for each, (_, at) in went_on.items()}
    since = {each: at for each, (at, _) in went_on.items()}
    return Outlook(
        begun=run.started_at,
        spent=spent_in(engine.database, family),
        runs=len(went_on),
        time=spread([max(0.0, seconds) for seconds in ends.values()]),
        cost=spread([*costs_since(engine.database, since).values()]),
        blocks=Blocking(engine).of(run.id, approval.path),
        family=frozenset(family),
    )


def went_on_from(
    database: Database, approval: ApprovalRecord
) -> dict[str, tuple[float, float]]:
    """When each past run was first approved at this gate, and when it ended."""
    past = runs.page(
        database,
        workflow=approval.workflow,
        status="succeeded",
        inner=True,
        limit=LOOKED_AT,
    )
    ended = {run.id: run.ended_at for run in past}
    found: dict[str, tuple[float, float]] = {}
    for run, path, at in approvals.approved_in(database, [*ended]):
        end = ended[run]
        if id_of(path) == id_of(approval.path) and end is not None:
            found.setdefault(run, (at, end))
    return found


def told(
    found: Outlook, now: float, old: Callable[[float], str] = age
) -> Iterator[str]:
    """In a line or two, for a person who is to decide; `old` words how long it took."""
    used, blocks = in_words(found.spent), found.blocks.told()
    parts = [f"so far {old(now - found.begun)}{used and f', {used}'}"]
    parts += [f"blocks {blocks}"] if blocks else []
    parts += [] if found.runs else ["to the end: not known yet"]
    yield " · ".join(parts)
    if found.runs:
        still = [told_of(found.time, left)]
        still += [told_of(found.cost, dollars)] if found.cost.most else []
        many = f"{found.runs} runs" if found.runs > 1 else "1 run"
        yield f"to the end after an approval: {'; '.join(still)} (as {many} before)"


def told_of(found: Spread, words: Callable[[float], str]) -> str:
    """`4m, 20m at most in 9 of 10`, or one of the two where they read the same."""
    median, most = words(found.median or 0.0), words(found.most or 0.0)
    return median if median == most else f"{median}, {most} at most in 9 of 10"
