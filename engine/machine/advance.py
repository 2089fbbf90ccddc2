"""Where a run goes when a step has ended: routes, visits, skips and the end."""

from __future__ import annotations

from engine.definition.graph import Graph, Node
from engine.definition.model import Route, Workflow
from engine.errors import TemplateError
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.scope import scope
from engine.machine.state import (
    ApprovalStatus,
    Failure,
    StepState,
    StepStatus,
    path_of,
)

END = "end"
_DONE = (StepStatus.SUCCEEDED, StepStatus.SKIPPED)


class Plan:
    """A linked workflow with its graph: all that the rules need to know of a file."""

    def __init__(self, workflow: Workflow, graph: Graph) -> None:
        self.workflow = workflow
        self.graph = graph
        self.steps = {step.id: step for step in workflow.steps}

    def node(self, step: str) -> Node:
        return self.graph.nodes[step]


def begin(plan: Plan, change: Change) -> None:
    """Enter the first steps, or end at once when all of them are skipped."""
    for step in plan.graph.first:
        enter(plan, change, step)
    finish_if_done(change)


def enter(plan: Plan, change: Change, step_id: str, approved: str = "") -> None:
    """Make a step ready, or skip it when its `when` is false, and go on from there.

    The run's end is for the caller to see, once all that follows is entered.
    """
    entering = [step_id]
    while entering and not change.state.ended:
        step_id = entering.pop(0)
        # In a graph two skipped steps may lead to one that waited for both.
        if plan.workflow.is_graph and change.state.newest(step_id):
            continue
        path = _enter_one(plan, change, step_id, approved)
        if path is not None:
            entering += _following(plan, change, path, plan.node(step_id).next)


def _enter_one(plan: Plan, change: Change, step_id: str, approved: str) -> str | None:
    """Enter one step; its path when it was skipped."""
    step = plan.steps[step_id]
    newest = change.state.newest(step_id)
    visit = newest.visit + 1 if newest else 1
    if visit > step.max_visits:
        reason = f"{step_id} was visited {step.max_visits} times, its max_visits"
        fail_run(change, reason, path_of(step_id, visit - 1))
        return None
    path = path_of(step_id, visit)
    try:
        wanted = step.when is None or bool(_evaluate(plan, change, step.when))
    except TemplateError as error:
        change.add(e.StepReady(path, step_id, visit, approved))
        fail_step(change, path, 0, Failure("template", f"when: {error}"))
        return None
    if wanted:
        change.add(e.StepReady(path, step_id, visit, approved))
        return None
    change.add(e.StepSkipped(path, step_id, visit, f"`{step.when}` is false"))
    return path


def advance(plan: Plan, change: Change, path: str) -> None:
    """Go on from a step that has succeeded."""
    done = change.state.steps[path]
    node = plan.node(done.step)
    if not node.routes:
        follow(plan, change, path, node.next)
        return
    choice = done.output.get("choice") if done.approval else None
    try:
        target, why = choose(plan, change, node, choice) or (node.next, "")
    except TemplateError as error:
        fail_run(change, f"the route of {done.step}: {error}", path)
        return
    options = tuple(dict.fromkeys([*(r.to for r in node.routes), node.next or END]))
    change.add(e.RouteTaken(path, options, target or END, why))
    follow(plan, change, path, target)


def follow(plan: Plan, change: Change, path: str, target: str | None) -> None:
    """Enter what follows: the target in a list, the ones that waited in a graph."""
    step = change.state.steps[path]
    approved = "" if plan.workflow.is_graph else _approval_of(change, step)
    for following in _following(plan, change, path, target):
        enter(plan, change, following, approved)
    finish_if_done(change)


def _following(plan: Plan, change: Change, path: str, target: str | None) -> list[str]:
    node = plan.node(change.state.steps[path].step)
    if plan.workflow.is_graph and target in (None, node.next):
        return [d for d in node.dependents if _all_done(plan, change, d)]
    return [] if target is None or target == END else [target]


def choose(
    plan: Plan, change: Change, node: Node, choice: str | None, *, named: bool = False
) -> tuple[str, str] | None:
    """The target of the first route that matches, and why; None when none does.

    `named`: only routes for this very choice. Raises TemplateError.
    """
    for route in node.routes:
        if named and route.choice is None:
            continue
        why = _matches(plan, change, route, choice)
        if why is not None:
            return route.to, why
    return None


def finish_if_done(change: Change) -> None:
    if not change.state.ended and not change.state.active:
        change.add(e.RunSucceeded())


def fail_step(
    change: Change, path: str, attempt: int, failure: Failure, **about: object
) -> None:
    """The step failed for good, and the run with it."""
    cause = change.state.steps[path].seq
    change.add(e.StepFailed(path, attempt, failure, **about), cause)  # type: ignore[arg-type]
    fail_run(change, f"{path}: {failure.message}", path)


def fail_run(change: Change, reason: str, path: str = "") -> None:
    cancel_active(change, "the run failed")
    change.add(e.RunFailed(reason, path))


def cancel_active(change: Change, reason: str) -> None:
    """Withdraw what is asked and cancel what is active."""
    for step in change.state.active:
        approval = change.state.approvals.get(step.approval)
        if approval and approval.status is ApprovalStatus.PENDING:
            change.add(
                e.ApprovalWithdrawn(approval.id, step.path, comment=reason), step.seq
            )
        change.add(e.StepCancelled(step.path, reason), step.seq)


def _matches(
    plan: Plan, change: Change, route: Route, choice: str | None
) -> str | None:
    """Why the route is taken: its expression or choice, "" by default; None if not."""
    if route.choice is not None and route.choice != choice:
        return None
    if route.when is not None:
        return route.when if _evaluate(plan, change, route.when) else None
    return f"choice {choice}" if route.choice is not None else ""


def _evaluate(plan: Plan, change: Change, expression: str) -> object:
    # Jinja takes as long to import as all of the rules; most acts read no expression.
    from engine.definition.render import evaluate

    return evaluate(expression, scope(plan.workflow, change.state, change.now))


def _all_done(plan: Plan, change: Change, step: str) -> bool:
    states = [change.state.newest(need) for need in plan.node(step).needs]
    return all(state is not None and state.status in _DONE for state in states)


def _approval_of(change: Change, step: StepState) -> str:
    """The digest a step stands on: its own gate's, or the one that led to it."""
    approval = change.state.approvals.get(step.approval)
    if approval and approval.status is ApprovalStatus.APPROVED:
        return approval.digest
    return step.approved
