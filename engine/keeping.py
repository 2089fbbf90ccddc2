"""Throwing runs away: hidden first, brought back if that was wrong, gone at last."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from msgspec import Struct

from engine.acts import act
from engine.counted import counted
from engine.errors import CommandRefused
from engine.llm import cassette
from engine.machine.state import RUN_ENDED, Actor
from store import acts, approvals, index, pruned, runs
from store.database import Database
from store.records import RunRecord

AT_ONCE = 100  # runs that are asked about, or removed, at once
MB = 1_000_000


class Removal(Struct, frozen=True):
    """What is to go: runs, and about how many bytes they take."""

    runs: tuple[str, ...]
    bytes: int

    @property
    def words(self) -> str:
        """`3 runs, 1.2 MB`."""
        return f"{counted(len(self.runs), 'run')}, {self.bytes / MB:.1f} MB"


def removal(database: Database, ids: Collection[str]) -> Removal:
    found = tuple(sorted(ids))
    return Removal(found, pruned.size(database, found))


def prunable(
    database: Database,
    *,
    before: float,
    workflow: str | None = None,
    status: str | None = None,
) -> list[str]:
    """Runs that ended before then, each with all that it has started.

    None of which a part goes on or asks somebody.
    """
    statuses = {status} if status else set(RUN_ENDED)
    tops = pruned.ended(
        database, statuses & RUN_ENDED, before=before, workflow=workflow
    )
    found: list[str] = []
    for some in _in_parts([run.id for run in tops]):
        family = runs.families(database, some)
        going = {family[run] for run in _going(database, [*family])}
        found += [run for run, top in family.items() if top not in going]
    return found


def _going(database: Database, ids: Sequence[str]) -> Iterator[str]:
    """Which of these runs have not ended, or ask somebody."""
    for some in _in_parts(ids):
        for run, status in runs.status_of(database, some).items():
            if status not in RUN_ENDED:
                yield run
        yield from (gate.run for gate in approvals.of_runs(database, some))


def _in_parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), AT_ONCE):
        yield list(ids[first : first + AT_ONCE])


def require_prunable(database: Database, ids: Sequence[str]) -> None:
    """Raise CommandRefused for the first run that has not ended, or is part of another.

    Its part in that one could neither be rolled back nor forked without it.
    """
    require_ended(database, ids)
    for name in ids:
        parent = _parent(database, name)
        if (
            parent
            and parent.id not in ids
            and not pruned.is_hidden(database, parent.id)
        ):
            raise CommandRefused(
                f"run {name} was begun by run {parent.id}, and is thrown away with that"
            )


def require_ended(database: Database, ids: Sequence[str]) -> None:
    """Raise CommandRefused for the first run that has not ended, or asks someone."""
    for name in ids:
        run = runs.get(database, name)
        if run is None or run.status not in RUN_ENDED:
            raise CommandRefused(
                f"run {name} is {run.status if run else 'not listed'};"
                " only one that has ended can be pruned or exported"
            )
        if any(a.status == "pending" for a in approvals.of_run(database, name)):
            raise CommandRefused(
                f"run {name} has an open gate; `weir withdraw` takes its question back"
            )
        if parent := awaited(database, name):
            raise CommandRefused(
                f"run {name} was begun by run {parent}, which has not ended"
            )


def awaited(database: Database, name: str) -> str:
    """The run that began this one and has not ended; empty when there is none."""
    parent = _parent(database, name)
    return parent.id if parent and parent.status not in RUN_ENDED else ""


def _parent(database: Database, name: str) -> RunRecord | None:
    run = runs.get(database, name)
    return runs.get(database, run.parent) if run and run.parent else None


def whole(database: Database, ids: Sequence[str]) -> list[str]:
    """These runs and all that they have started, at any depth: they go together."""
    found = dict.fromkeys(ids)
    for name in ids:
        run = runs.get(database, name)
        family = runs.under(database, run.root or run.id) if run else []
        for each in family:  # the oldest first: a run comes after the one it belongs to
            if each.parent in found:
                found[each.id] = None
    return list(found)


def prune(database: Database, who: Actor, ids: Sequence[str], now: float) -> int:
    """Hide runs from every list; how many were not hidden before."""
    require_prunable(database, ids)

    def work() -> int:
        hidden = pruned.mark(database, ids, now)
        note(database, who, "prune", "hid", ids, now)
        return hidden

    return database.write(work) if ids else 0


def undo(database: Database, who: Actor, ids: Sequence[str], now: float) -> int:
    """Bring hidden runs back."""

    def work() -> int:
        back = pruned.unmark(database, ids)
        note(database, who, "prune", "brought back", ids, now)
        return back

    return database.write(work) if ids else 0


def ripe(database: Database, before: float | None) -> list[str]:
    """Runs that were hidden before then; with None, all that are hidden."""
    return [each.run for each in pruned.marked(database, before=before)]


def purge(database: Database, who: Actor, ids: Sequence[str], now: float) -> int:
    """Remove hidden runs with everything that is theirs alone; how many.

    A run that was brought back meanwhile, or goes on, stays.
    """
    gone = 0
    for some in _in_parts(ids):
        gone += database.write(partial(remove, database, who, some, now))
    database.write(lambda: index.settle(database))
    database.write(lambda: pruned.sweep(database))
    pruned.shred(database)
    return gone


def remove(database: Database, who: Actor, ids: list[str], now: float) -> int:
    still = [name for name in ids if may_go(database, name)]
    if still:
        for name in still:
            cassette.forget_own(database.folder.parent, name)
        pruned.remove(database, still)
        note(database, who, "purge", "removed", still, now)
    return len(still)


def may_go(database: Database, name: str) -> bool:
    run = runs.get(database, name)
    ended = run is None or run.status in RUN_ENDED
    parent = _parent(database, name)
    part = parent is not None and not pruned.is_hidden(database, parent.id)
    return ended and pruned.is_hidden(database, name) and not part


def note(
    database: Database,
    who: Actor,
    kind: str,
    verb: str,
    ids: Sequence[str],
    now: float,
) -> None:
    many = ids[0] if len(ids) == 1 else f"{len(ids):,} runs"
    details = {"runs": list(ids)}
    acts.write(database, act(who, kind, f"{verb} {many}", now, details))
