"""One of two runs that are compared: all of it that is looked at."""

from __future__ import annotations

from msgspec import Struct

from engine.errors import NotFound
from engine.handle import Engine
from engine.inside import MOST_PIECES, questions
from engine.machine.costs import Cost, costs
from engine.machine.events import Entry, RouteTaken
from engine.machine.putting import CONTEXT
from engine.machine.state import ApprovalState, RunState, StepState, Usage
from engine.past import history
from engine.spending import used_in
from store import artifacts, logs, runs
from store.records import ArtifactRecord, RunRecord


class Side(Struct):
    """All but the run itself by path: `used` by every attempt, in order."""

    record: RunRecord
    state: RunState
    steps: dict[str, StepState]
    gates: dict[str, ApprovalState]  # the newest that was asked at each place
    costs: dict[str, Cost]
    used: dict[str, list[Usage]]
    routes: dict[str, RouteTaken]
    papers: dict[str, ArtifactRecord]
    prompts: dict[str, str] = {}


def side_of(engine: Engine, run: str) -> Side:
    """Raises NotFound."""
    record = runs.get(engine.database, run)
    if record is None:
        raise NotFound(f"there is no run {run}; `weir runs` lists them")
    entries = history(engine.database, run)
    state = engine.load(run)
    routes = [each.event for each in entries if isinstance(each.event, RouteTaken)]
    return Side(
        record,
        state,
        {path: step for path, step in state.steps.items() if step.step != CONTEXT},
        {gate.path: gate for gate in state.approvals.values()},
        costs(entries),
        used_by(entries),
        {route.path: route for route in routes},
        {paper.path: paper for paper in artifacts.of_run(engine.database, run)},
    )


def used_by(entries: list[Entry]) -> dict[str, list[Usage]]:
    found: dict[str, list[Usage]] = {}
    for entry in entries:
        if (usage := used_in(entry.event)) is not None:
            path = str(getattr(entry.event, "path", ""))
            found.setdefault(path, []).append(usage)
    return found


def add_prompts(engine: Engine, one: Side, other: Side) -> bool:
    """Read what models were asked, unless all of it is known to be the same.

    Returns whether all was read that there is.
    """
    if asked(one) == asked(other):
        return True
    whole = True
    for side in (one, other):
        pieces = logs.page(
            engine.database, side.record.id, limit=MOST_PIECES, streams=(logs.PROMPT,)
        )
        side.prompts = {each.path: each.prompt for each in questions(pieces, ())}
        whole &= len(pieces) < MOST_PIECES
    return whole


def asked(side: Side) -> dict[str, str]:
    """The digest of what was asked last; one that is not known is like no other."""
    return {
        path: side.state.steps[path].asked or f"{side.record.id} {path}"
        for path in side.used
        if path in side.state.steps
    }
