"""What of an old run is kept in a fork of it, and what the new run begins with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.definition.kinds import Approval
from engine.definition.model import all_steps
from engine.errors import CommandRefused
from engine.machine.costs import Cost
from engine.machine.evolve import CONTEXT
from engine.machine.held_up import provenance
from engine.machine.judging import (
    Fork,
    Judged,
    Verdict,
    had_enough,
    places,
    way_of,
    without,
)
from engine.machine.places import (
    first_visit,
    is_undo,
)
from engine.machine.plan import Plan
from engine.machine.putting import is_put_off
from engine.machine.state import (
    Json,
    Kept,
    RunState,
    StepState,
    StepStatus,
)


def start_of(state: RunState, name: str) -> str:
    """The path that a person means: a step's newest visit, or `draft#1`, its first.

    Raises CommandRefused when the run has not been there, or it is in several arms.
    """
    if first := first_visit(name, state.steps):
        return first
    if name in state.latest:
        return state.latest[name]
    if name in state.steps:
        return name
    inner = [path for path in state.latest.values() if state.steps[path].step == name]
    if len(inner) == 1:
        return inner[0]
    own = (step.path for step in state.steps.values() if step.step != CONTEXT)
    known = ", ".join(inner or own) or "none yet"
    said = f"{name} stands in several arms" if inner else f"it has not been to {name}"
    raise CommandRefused(f"run {state.id}: {said}; say one of {known}")


def require_needed(old: Plan, state: RunState, fork: Fork) -> None:
    """Refuse to go by a step that had lost: it would be ended as soon as it is met."""
    for path in (fork.start, *fork.outputs):
        if holder := had_enough(old, state, path):
            raise CommandRefused(
                f"run {state.id}: {path} was not needed: {without(holder)};"
                f" a fork from {holder} does all of it again"
            )


def preview(
    old: Plan, new: Plan, state: RunState, fork: Fork, spent: Mapping[str, Cost]
) -> list[Verdict]:
    """What a fork does, step by step: the old run's in their order, then new ones."""
    judged = Judged(old, new, state, fork)
    return [
        *(
            judged.verdict(step, spent.get(step.path, Cost()))
            for step in judged.way
            if not is_undo(step.path)
        ),
        *never_reached(old, new, judged.way),
    ]


def never_reached(
    old: Plan, new: Plan, visits: Iterable[StepState]
) -> Iterator[Verdict]:
    """The steps of the new version that are not among these visits."""
    been = {step.step for step in visits}
    for step in (each.id for each in all_steps(new.workflow)):
        if step not in been:
            known = step in old.steps
            why = "the old run did not come to it" if known else "it is new in the text"
            yield Verdict(step, "new", why)


def keep(state: RunState, fork: Fork, verdicts: Iterable[Verdict]) -> Iterator[Kept]:
    """What the new run begins with. A `when` is judged anew; a person's skip holds."""
    place = places(way_of(state, fork))
    for verdict in verdicts:
        step = state.steps.get(verdict.path)
        if verdict.what != "reused" or step is None or step.arms is not None:
            continue
        if is_put_off(step.path):
            continue  # it is kept with the rest of the context
        edited = step.path in fork.outputs
        if step.passed_by and not edited:
            words = f"skipped in run {state.id}: {step.reason}"
            yield Kept(step.path, step.seq, place[step.path], skipped=words)
            continue
        if not edited and step.status is not StepStatus.SUCCEEDED:
            continue
        yield Kept(
            step.path,
            step.seq,
            place[step.path],
            fork.outputs[step.path] if edited else _left(state, step),
            step.artifact,
            state.approvals.get(step.approval),
            edited,
            {} if edited else step.code,
        )


def _left(state: RunState, step: StepState) -> Json:
    """What a step left; of the context all that was found, or set since.

    A gate whose answer is kept may have shown that.
    """
    if step.path == CONTEXT:
        return {"values": state.context, "provenance": provenance(state)}
    return step.output


def is_editable(new: Plan, step: StepState) -> bool:
    """Whether a fork may go by another output of a step."""
    known = new.steps.get(step.step)
    plain = known is not None and not isinstance(known.do, Approval)
    return plain and step.arms is None and not step.artifact


def require_editable(new: Plan, step: StepState) -> None:
    """Refuse to give an output for what is no plain output."""
    if not is_editable(new, step):
        raise CommandRefused(
            f"the output of {step.path} can't be given: only that of a step which made"
            " neither a document nor a decision and holds no steps"
        )
