"""All that waits for a person: gates, and what can't go on by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import astuple, replace

from engine.blocking import Blocking, Blocks
from engine.errors import WeirError
from engine.handle import Engine
from engine.notices import gates_and_failures
from engine.snoozing import Snooze, Waits, snoozed
from engine.stuck import Stuck, stuck_steps
from engine.why import commands_for, fills
from store import approvals, notices, occasions, schedules
from store.database import Database
from store.errors import StoreError
from store.records import ApprovalRecord, NoticeRecord, StepRecord

if TYPE_CHECKING:
    from engine.machine.missing import Missing


class InboxItem(Struct, frozen=True):
    """One thing that waits: approval, interrupted, missing, schedule or notice.

    A schedule that can't be kept, and a target that was not told, have no run, and
    block nothing.
    """

    kind: str
    id: str
    run: str
    path: str
    workflow: str
    title: str
    since: float
    hint: str  # the command that answers it
    deadline: float | None = None
    risk: str = "normal"
    snoozed: float | None = None  # until when, for the person whose inbox it is
    blocks: Blocks = Blocks()
    values: tuple[Missing, ...] = ()  # what is missing, to be given at once


def inbox(
    engine: Engine, person: str = "", by: str = "risk", most: int | None = None
) -> list[InboxItem]:
    """All that waits, by risk, then age; or `by` age or what it blocks alone.

    The first `most` of it. Each look at what something blocks reads a run.
    """
    items = waiting(engine, person, most if by == "risk" else None)
    if by != "blocks":
        items = sorted(items, key=ORDERS[by])[:most]
    blocking = Blocking(engine)
    items = [
        replace(item, blocks=blocking.of(item.run, item.path)) if item.run else item
        for item in items
    ]
    return sorted(items, key=ORDERS[by])[:most]


def waiting(
    engine: Engine, person: str = "", gates: int | None = None
) -> list[InboxItem]:
    """All that waits, at most so many `gates`, without what it blocks.

    What is no approval, and so says no risk, is normal. Among it is what the person has
    snoozed, with the time until then.
    """
    snoozes, now = snoozed(engine.database, person), engine.clock()
    pending = approvals.pending(engine.database, gates)
    return [
        *(_asked(row, snoozes.get(row.id), now) for row in pending),
        *unable(engine, person),
        *_not_kept(engine),
        *untold(engine.database),
    ]


def unable(engine: Engine, person: str = "") -> list[InboxItem]:
    """Runs that can't go on before a person has said something of a step, or values."""
    snoozes, now = snoozed(engine.database, person), engine.clock()
    found = []
    for row in stuck_steps(engine.database):
        item = _unsure(engine, row) if row.unsure else _lacking(engine, row)
        until = _until(snoozes.get(item.id), row.step, now)
        found.append(replace(item, snoozed=until))
    return found


def _unsure(engine: Engine, row: Stuck) -> InboxItem:
    """A step that may have happened or not, or is not undone."""
    return InboxItem(
        kind="interrupted",
        id=row.id,
        run=row.run,
        path=row.path,
        workflow=row.workflow,
        title=f"{row.title}: {row.step.summary}",
        since=row.requested_at,
        hint=_hint(engine, row.step),
    )


def _risk(item: InboxItem) -> int:
    return approvals.RISKS.index(item.risk)


# What stands first: of equals, what is older.
ORDERS: dict[str, Callable[[InboxItem], tuple[object, ...]]] = {
    "risk": lambda item: (_risk(item), item.since, item.id),
    "age": lambda item: (item.since, item.id),
    "blocks": lambda item: (
        *(-number for number in astuple(item.blocks)), item.since, item.id,
    ),
}  # fmt: skip


def _lacking(engine: Engine, row: Stuck) -> InboxItem:
    """All the values that one run lacks, whichever of its steps wait for them.

    Of a run that can't be read, why not.
    """
    try:
        title, hint, values = _lacked(engine, row.run)
    except (WeirError, StoreError) as error:
        # What is hinted at fails by the same, in words.
        title, hint, values = str(error), f"weir why {row.run}", ()
    return InboxItem(
        kind="missing",
        id=row.id,
        run=row.run,
        path=row.path,
        workflow=row.workflow,
        title=title,
        since=row.requested_at,
        hint=hint,
        values=values,
    )


def _lacked(engine: Engine, run: str) -> tuple[str, str, tuple[Missing, ...]]:
    """What it is in words, what gives it, and the values."""
    from engine.machine.missing import missing  # Jinja's parser

    state = engine.load(run)
    lack = missing(engine.plan_of(state), state)
    said = lack.told + (f" ({lack.why})" if lack.why else "")
    return said, fills(run, lack.names), lack.values


def _asked(row: ApprovalRecord, snooze: Snooze | None, now: float) -> InboxItem:
    return InboxItem(
        kind="approval",
        id=row.id,
        run=row.run,
        path=row.path,
        workflow=row.workflow,
        title=row.title,
        since=row.requested_at,
        hint=f"weir approve {row.id}",
        deadline=row.deadline,
        risk=row.risk,
        snoozed=_until(snooze, row, now),
    )


def _until(snooze: Snooze | None, waits: Waits, now: float) -> float | None:
    return snooze.until if snooze and snooze.holds(waits, now) else None


def _not_kept(engine: Engine) -> list[InboxItem]:
    """Schedules that can't begin what they should, each with the newest reason."""
    found = {record.name: record for record in schedules.live(engine.database)}
    troubles = {
        name: (record.trouble, record.looked_at or record.created_at)
        for name, record in found.items()
        if record.trouble
    }
    for occasion in occasions.waiting(engine.database):
        if occasion.reason:
            troubles[occasion.schedule] = (occasion.reason, occasion.at)
    return [
        InboxItem(
            kind="schedule",
            id=name,
            run="",
            path="",
            workflow=found[name].workflow,
            title=f"{name} can't begin a run: {why}",
            since=since,
            hint=f"weir schedule show {name}",
        )
        for name, (why, since) in troubles.items()
        if name in found
    ]


def untold(database: Database) -> list[InboxItem]:
    """Targets that were not told of what still stands, or may not have been."""
    found: dict[str, list[NoticeRecord]] = {}
    for each in notices.in_trouble(database):
        found.setdefault(each.target, []).append(each)
    return [
        InboxItem(
            kind="notice",
            id=target,
            run="",
            path="",
            workflow="",
            title=_untold(target, some),
            since=min(each.at for each in some),
            hint=f"weir notify test {target}",
        )
        for target, some in found.items()
    ]


def _untold(target: str, some: Sequence[NoticeRecord]) -> str:
    return f"{target} may not know of {gates_and_failures(some)}: {some[-1].reason}"


def _hint(engine: Engine, row: StepRecord) -> str:
    """What answers for a step; for a run that can't be read, what tells of that."""
    try:
        state = engine.load(row.run)
        return commands_for(engine.plan_of(state), state, row.path, engine.clock())
    except (WeirError, StoreError):
        return f"weir why {row.run}"  # which fails by the same, in words
