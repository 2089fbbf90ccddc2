"""Taking a run in flight to a newer version, where nothing is passed over by it.

What has been done stays done, what is under way ends as it began, and an open gate asks
what it has asked. So the new version must have all of that, in the same places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from engine.definition.kinds import Approval
from engine.definition.model import ForEach, Parallel
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.costs import Cost
from engine.machine.evolve import CONTEXT
from engine.machine.forking import never_reached
from engine.machine.held_up import found
from engine.machine.judging import OUTDATED, Verdict, had_enough, was, without
from engine.machine.needing import meets, read_by_the_rules
from engine.machine.places import is_undo, scope_of
from engine.machine.plan import Plan
from engine.machine.readings import Name, changed, reads
from engine.machine.state import (
    STEP_ENDED,
    ApprovalStatus,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)
from engine.machine.undone import is_behind, is_done

_ADOPTS = (RunStatus.RUNNING, RunStatus.WAITING, RunStatus.PAUSED, RunStatus.FAILED)
_DONE = (StepStatus.SUCCEEDED, StepStatus.SKIPPED)


class Break(Struct, frozen=True):
    """Why a run can't go on by another version: where, and what stands against it."""

    path: str
    why: str


def adopt(old: Plan, new: Plan, change: Change, command: c.AdoptVersion) -> None:
    state = change.state
    if state.status not in _ADOPTS:
        which = " or ".join(_ADOPTS)
        raise CommandRefused(
            f"run {state.id} is {state.status}; only a {which} one can adopt a"
            f" version; `weir fork {state.id}` begins a new run"
        )
    if (state.version, state.pins) == (command.version, command.pins):
        raise CommandRefused(f"run {state.id} goes by that version already")
    found = breaks(old, new, state)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise CommandRefused(
            f"run {state.id} would break at {found[0].path}: {found[0].why}{more};"
            f" `weir fork {state.id}` begins a new run"
        )
    change.add(
        e.VersionAdopted(command.version, command.pins, command.inputs, command.by)
    )


def breaks(old: Plan, new: Plan, state: RunState) -> list[Break]:
    """Every step at which the run would not go on as the new version means it."""
    return [
        *(
            Break(step.path, why)
            for step in state.steps.values()
            if not _apart(step) and (why := _why_breaks(old, new, state, step))
        ),
        *dict.fromkeys(_passed_over(old, new, state)),
        *dict.fromkeys(_unread(old, new, state)),
    ]


def _apart(step: StepState) -> bool:
    """Steps that no text has in a list: the context, and what undoes a step."""
    return step.step == CONTEXT or is_undo(step.path)


def _why_breaks(old: Plan, new: Plan, state: RunState, step: StepState) -> str:
    if step.step not in new.steps:
        return "the new version has no such step"
    before, after = old.steps[step.step], new.steps[step.step]
    if before.kind != after.kind:
        return f"it was {before.kind} and is {after.kind}"
    one, other = old.node(step.step), new.node(step.step)
    if one.inside != other.inside or old.in_graph(step.step) != new.in_graph(step.step):
        return "it stands in another list"
    if one.needs != other.needs:
        return "it needs other steps"
    if step.arms is not None and _arms(before.do) != _arms(after.do):
        return "its branches, or what its items are called, changed"
    approval = state.approvals.get(step.approval)
    if approval is not None and approval.status is ApprovalStatus.PENDING:
        asked = _rules(before.do), before.route, one.next
        if asked != (_rules(after.do), after.route, other.next):
            return "it is open, and who may decide or what follows changed"
    return ""


def _arms(do: object) -> object:
    match do:
        case Parallel(branches=branches):
            return [branch.id for branch in branches]
        case ForEach(name=name):
            return name
    return None


def _rules(do: object) -> object:
    """A gate without what its request has kept as rendered, and who is told of it."""
    if not isinstance(do, Approval):
        return do
    return replace(do, title="", text="", show=(), notify=(), remind=None)


def _passed_over(old: Plan, new: Plan, state: RunState) -> Iterator[Break]:
    """Steps whose turn would never come, or would come twice, by the new order."""
    again = state.status is RunStatus.FAILED  # what was ended begins once more
    for step in state.steps.values():
        over = step.status in (_DONE if again else STEP_ENDED)
        if over or step.step not in new.steps or _apart(step):
            continue
        scope, inside = scope_of(step.path), new.node(step.step).inside
        if inside in new.graph.graphs:
            yield from _never_met(old, new, state, scope, inside)
        else:
            yield from _moved(_order(old, inside), _order(new, inside), step)


def _moved(before: list[str], after: list[str], step: StepState) -> Iterator[Break]:
    """In a list: what stood behind a step that has begun, or nowhere, and is before."""
    if step.step not in before or step.step not in after:
        return  # told as gone, or as standing in another list
    behind = before[before.index(step.step) :]
    for each in after[: after.index(step.step)]:
        if each not in before or each in behind:
            yield Break(each, f"it stands before {step.path} now, which has begun")
    for each in after[after.index(step.step) + 1 :]:
        if each in before and each not in behind:
            yield Break(each, f"it stands after {step.path} now, and would come twice")


def _never_met(
    old: Plan, new: Plan, state: RunState, scope: str, inside: str
) -> Iterator[Break]:
    """In a graph: new ways to wait for what has ended before they were there."""
    for each in _order(new, inside):
        known = each in old.steps and old.node(each).needs == new.node(each).needs
        if known or scope + each in state.latest:
            continue
        needs = [state.newest(need, scope) for need in new.node(each).needs]
        if all(need is not None and is_done(state, need) for need in needs):
            yield Break(scope + each, "all that it needs has ended before it was there")


def _order(plan: Plan, inside: str) -> list[str]:
    return [s for s, node in plan.graph.nodes.items() if node.inside == inside]


def _unread(old: Plan, new: Plan, state: RunState) -> Iterator[Break]:
    """What later steps read for the first time, of steps that did not leave it."""
    for step_id, step in new.steps.items():
        known = old.steps.get(step_id)
        before = reads(old, known) if known else frozenset()
        for name in sorted(reads(new, step) - before):
            yield from _lacks(new, state, step_id, name)


def _lacks(new: Plan, state: RunState, reader: str, name: Name) -> Iterator[Break]:
    said = f"{reader} reads {'.'.join(name)}, which it did not leave"
    if name[0] in ("outputs", "decisions") and len(name) > 2:
        for path in _finished(state, name[1]):
            step = state.steps[path]
            if step.arms is None and not _has(step.output, name[2:]):
                yield Break(path, said)
    built = CONTEXT in state.steps and state.steps[CONTEXT].status in _DONE
    roots = {each.partition(".")[0] for each in new.workflow.context}
    missing = name[0] in roots and not _has(state.context, name)
    if built and missing and not _is_looked_up_yet(new, state, reader, name):
        yield Break(CONTEXT, said)


def _is_looked_up_yet(new: Plan, state: RunState, reader: str, name: Name) -> bool:
    """Whether the context of that name is found before the step that reads it begins.

    What the rules read is found at the start of a run, or never.
    """
    if name in {*read_by_the_rules(new.steps[reader])}:
        return False
    left = {*new.needs.by_step.get(reader, ())} - found(new, state)
    return any(meets(tuple(each.split(".")), name) for each in left)


def _finished(state: RunState, name: str) -> Iterator[str]:
    """The newest successes of a step, by its id with or without hyphens."""
    for inside in state.finished.values():
        for step, path in inside.items():
            if name in (step, step.replace("-", "_")):
                yield path


def _has(value: object, names: Name) -> bool:
    """Whether there is something of that name; what is no mapping is not judged."""
    for name in names:
        if not isinstance(value, dict):
            return True
        if name not in value:
            return False
        value = value[name]
    return True


def carried_on(
    old: Plan, new: Plan, state: RunState, spent: Mapping[str, Cost]
) -> list[Verdict]:
    """What adopting and retrying does, step by step: what has been done stays done.

    What someone went back over is not told: nothing more becomes of it.
    """
    way = [s for s in state.steps.values() if not is_behind(state, s.path)]
    return [
        *(
            _carried(old, new, state, step, spent)
            for step in way
            if not is_undo(step.path)
        ),
        *never_reached(old, new, way),
    ]


def _carried(
    old: Plan, new: Plan, state: RunState, step: StepState, spent: Mapping[str, Cost]
) -> Verdict:
    path = step.path
    if step.step != CONTEXT and step.step not in new.steps:
        return Verdict(path, "gone", "the new version has no such step")
    if step.outdated:
        return Verdict(path, "re-run", OUTDATED, spent.get(path, Cost()))
    if step.status in _DONE:
        differs = step.step != CONTEXT and changed(old, new, step.step)
        kept = f"{differs}, but it has been done"
        return Verdict(path, "reused", kept if differs else step.reason)
    if holder := had_enough(old, state, path):
        return Verdict(path, "reused", without(holder))
    words = f"it {'goes on' if step.arms is not None else was(step)}"
    return Verdict(path, "re-run", words, spent.get(path, Cost()))
