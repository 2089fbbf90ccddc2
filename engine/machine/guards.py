"""Which gates stand before a step, so that no act of a person leads around them."""

from __future__ import annotations

from collections.abc import Iterable

from engine.definition.graph import END, Edge
from engine.definition.kinds import Approval, SubRun
from engine.definition.model import Step, every_step
from engine.machine.places import scope_of
from engine.machine.plan import Plan
from engine.machine.state import STEP_ACTIVE, RunState, StepState, StepStatus


def asks(plan: Plan, step: Step) -> bool:
    """Whether a step asks a person, or holds or starts what does."""
    for inner in every_step((step,)):
        if isinstance(inner.do, Approval):
            return True
        if isinstance(inner.do, SubRun) and inner.do.workflow in plan.workflow.asking:
            return True
    return False


def asked_anew(plan: Plan, state: RunState, target: StepState) -> str:
    """A gate before the target that the run has been led to again since; "" for none.

    To go back behind such a gate would be to go on without its answer.
    """
    scope = scope_of(target.path)
    visits = [s for s in state.steps.values() if scope_of(s.path) == scope]
    at = visits.index(target)
    before = dict.fromkeys(visit.step for visit in visits[:at])
    since = {visit.step for visit in visits[at + 1 :]}
    ways = ways_beside(plan, target.step)
    for gate in before:
        if gate not in plan.steps or not asks(plan, plan.steps[gate]):
            continue
        avoidable = END in reached(ways, [target.step], without=gate)
        if avoidable and gate in reached(ways, since):
            return gate
    return ""


def is_ahead(plan: Plan, state: RunState, target: StepState) -> bool:
    """Whether its list, from where it stands, can't end before it comes here again.

    A failed run stands where it failed: it is retried from there.
    """
    scope = scope_of(target.path)
    inside = plan.node(target.step).inside
    here = [
        step.step
        for step in (state.newest(name, scope) for name in plan.steps)
        if step is not None
        and _holds_up(step)
        and plan.node(step.step).inside == inside
    ]
    ways = ways_beside(plan, target.step)
    leads = target.step not in here and target.step in reached(ways, here)
    return leads and END not in reached(ways, here, without=target.step)


def _holds_up(step: StepState) -> bool:
    failed = step.status is StepStatus.FAILED and not step.handled
    return failed or step.status in STEP_ACTIVE


def ways_beside(plan: Plan, step: str) -> dict[str, list[str]]:
    """The ways from step to step in the list that a step stands in."""
    inside = plan.node(step).inside
    found: dict[str, list[str]] = {}
    for edge in plan.edges:
        if plan.node(edge.source).inside == inside and _stays(plan, edge, inside):
            found.setdefault(edge.source, []).append(edge.target)
    return found


def _stays(plan: Plan, edge: Edge, inside: str) -> bool:
    return edge.target == END or plan.node(edge.target).inside == inside


def reached(
    ways: dict[str, list[str]], begin: Iterable[str], without: str = ""
) -> set[str]:
    """All that can be come to from these steps, and they themselves."""
    found: set[str] = set()
    waiting = list(begin)
    while waiting:
        step = waiting.pop()
        if step not in found and step != without:
            found.add(step)
            waiting += ways.get(step, [])
    return found
