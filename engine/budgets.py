"""Whether a model may be asked for what that costs, and what is asked if not.

What a run has spent stands in its history, and so does what people let it spend beyond
its budget. Models that are asked at the same moment do not know of each other's price:
a budget may be passed by as much as they cost together.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from engine.entries import event_of
from engine.gates import request_of
from engine.handle import Engine
from engine.machine.asking_more import AMOUNT
from engine.machine.plan import Plan
from engine.machine.state import Decision, Request, RunState
from engine.spending import dollars, spent, spent_in, used_in
from store import approvals, stats
from store.records import ApprovalRecord

Which = Literal["run", "day"]

_WHERE = {"run": "this run", "day": "this workspace today"}
_decisions = msgspec.json.Decoder(tuple[Decision, ...])


class Budgets(Struct, frozen=True):
    """US dollars; None: as much as it takes."""

    run: float | None
    day: float | None


def budgets(engine: Engine, plan: Plan) -> Budgets:
    """The workflow's own for the run goes before that of weir.toml."""
    config = engine.workspace.config.budget
    own = plan.workflow.budget
    return Budgets(own.run if own is not None else config.run, config.day)


def too_much(
    engine: Engine, state: RunState, path: str, model: str, cost: float
) -> Request | None:
    """What is asked before a model is, whose question costs this; None: it may be."""
    plan = engine.plan_of(state)
    limits = budgets(engine, plan)
    if limits.run is not None:
        used = spent_in(engine.database, [state.id]).cost
        yeses = approvals.approved_for(engine.database, "llm", run=state.id)
        may = allowed(limits.run, "run", yeses)
        if used + cost > may:
            return request(path, model, used, may, "run")
    if limits.day is not None:
        since = midnight(engine.clock())
        used = spent_since(engine, since)
        yeses = approvals.approved_for(engine.database, "llm", since)
        may = allowed(limits.day, "day", yeses, since)
        if used + cost > may:
            return request(path, model, used, may, "day")
    return None


def request(path: str, model: str, used: float, may: float, which: Which) -> Request:
    where = _WHERE[which]
    return Request(
        title=f"Spend more than {dollars(may)} in {where}?",
        text=(
            f"{path} would ask {model} next. {dollars(used)} of {dollars(may)} are"
            f" spent in {where}. Say with `{AMOUNT}` how much more may be."
        ),
        choices=("approve", "reject"),
        then={
            "approve": f"ask {model}, and spend so much more at most",
            "reject": f"{path} fails",
        },
        budget=which,
        spent=used,
    )


def midnight(now: float) -> float:
    """When this day began, by the clock on this machine's wall."""
    today = datetime.fromtimestamp(now).astimezone()
    return today.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def spent_since(engine: Engine, at: float) -> float:
    found = (event_of(each) for each in stats.spent_since(engine.database, at))
    return spent(used for event in found if (used := used_in(event))).cost


def allowed(
    limit: float, which: Which, yeses: Iterable[ApprovalRecord], since: float = 0.0
) -> float:
    """What may be spent with what people have let be spent, in US dollars.

    A yes counts on top of what was spent when it was asked for, where that is more:
    else it might let nothing be spent. What was spent before `since` is no part of it.
    """
    for row in yeses:
        request = request_of(row)
        if request.budget in (which, ""):
            spent_then = request.spent if row.requested_at >= since else 0.0
            limit = max(limit, spent_then) + amount(row)
    return limit


def amount(row: ApprovalRecord) -> float:
    """How much more was let be spent; nothing where a kept answer was taken."""
    decisions = _decisions.decode(row.decisions)
    return sum(float(each.inputs.get(AMOUNT, 0)) for each in decisions)
