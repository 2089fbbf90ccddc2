"""Where a run goes when a step has ended: routes, visits, skips, arms and the end."""

from __future__ import annotations

from engine.definition.graph import END, FINALLY, TOP
from engine.definition.kinds import Llm
from engine.definition.model import (
    CONTAINERS,
    Calls,
    ForEach,
    Parallel,
    Route,
    Step,
    Turns,
)
from engine.errors import TemplateError
from engine.machine import arms as a
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.ends import (
    cancel_active,
    end_arm,
    end_run,
    fail_scope,
    fail_step,
    is_over,
)
from engine.machine.leaving import answered
from engine.machine.places import RUN, TURNS, arm_scope, path_of, scope_of
from engine.machine.plan import Plan
from engine.machine.scope import scope as names_in
from engine.machine.state import (
    ApprovalStatus,
    Ending,
    Failure,
    RunStatus,
    StepState,
    StepStatus,
)
from engine.machine.undoing import losers, undo_next
from engine.machine.undone import is_done, stands


def begin(plan: Plan, change: Change) -> None:
    """Enter the first steps of the run."""
    enter_list(plan, change, TOP, RUN)


def enter_list(
    plan: Plan, change: Change, inside: str, scope: str, approved: str = ""
) -> None:
    for step in plan.graph.starts[inside]:
        enter(plan, change, step, scope, approved)
    change.scopes[scope] = None


def enter(
    plan: Plan, change: Change, step_id: str, scope: str, approved: str = ""
) -> None:
    """Make a step ready, or skip it when its `when` is false, and go on from there."""
    entering = [step_id]
    while entering and not is_over(change, scope):
        step_id = entering.pop(0)
        # In a graph two skipped steps may lead to one that waited for both.
        newest = change.state.newest(step_id, scope)
        if plan.in_graph(step_id) and newest is not None and stands(newest):
            continue
        path = _enter_one(plan, change, step_id, scope, approved)
        if path is not None:
            entering += _following(plan, change, path, plan.node(step_id).next)


def _enter_one(
    plan: Plan, change: Change, step_id: str, scope: str, approved: str
) -> str | None:
    """Enter one step; its path when it was skipped."""
    step = plan.steps[step_id]
    newest = change.state.newest(step_id, scope)
    visit = newest.visit + 1 if newest else 1
    if visit > step.max_visits:
        reason = _too_often(step)
        fail_scope(plan, change, scope, reason, path_of(step_id, visit - 1, scope))
        return None
    path = path_of(step_id, visit, scope)
    try:
        wanted = step.when is None or bool(evaluate(plan, change, step.when, scope))
    except TemplateError as error:
        change.add(e.StepReady(path, step_id, visit, approved))
        fail_step(plan, change, path, 0, Failure("template", f"when: {error}"))
        return None
    if not wanted:
        change.add(e.StepSkipped(path, step_id, visit, f"`{step.when}` is false"))
        return path
    change.add(e.StepReady(path, step_id, visit, approved))
    if isinstance(step.do, CONTAINERS):
        open_arms(plan, change, path)
    return None


def _too_often(step: Step) -> str:
    if isinstance(step.do, Llm) and step.do.tools:
        return f"{step.id} asked for tools {step.max_visits} times, its max_turns"
    return f"{step.id} was visited {step.max_visits} times, its max_visits"


def advance(plan: Plan, change: Change, path: str, *, blindly: bool = False) -> None:
    """Go on from a step that has succeeded.

    `blindly`: without its output; a route that reads what isn't there does not match.
    """
    done = change.state.steps[path]
    node = plan.node(done.step)
    if not node.routes:
        follow(plan, change, path, node.next)
        return
    decided = done.approval and isinstance(done.output, dict)
    choice = done.output.get("choice") if decided else None
    try:
        found = choose(plan, change, path, choice, blindly=blindly)
        target, why = found or (node.next, "")
    except TemplateError as error:
        reason = f"the route of {done.step}: {error}"
        fail_scope(plan, change, scope_of(path), reason, path)
        return
    options = tuple(dict.fromkeys([*(r.to for r in node.routes), node.next or END]))
    change.add(e.RouteTaken(path, options, target or END, why))
    follow(plan, change, path, target)


def follow(plan: Plan, change: Change, path: str, target: str | None) -> None:
    """Enter what follows: the target in a list, the ones that waited in a graph."""
    step = change.state.steps[path]
    approved = "" if plan.in_graph(step.step) else _approval_of(change, step)
    scope = scope_of(path)
    for following in _following(plan, change, path, target):
        enter(plan, change, following, scope, approved)
    change.scopes[scope] = None


def _following(plan: Plan, change: Change, path: str, target: str | None) -> list[str]:
    step = change.state.steps[path].step
    node = plan.node(step)
    if plan.in_graph(step) and target in (None, node.next, node.on_error):
        scope = scope_of(path)
        return [d for d in node.dependents if all_done(plan, change, d, scope)]
    return [] if target is None or target == END else [target]


def choose(
    plan: Plan,
    change: Change,
    path: str,
    choice: str | None,
    *,
    named: bool = False,
    blindly: bool = False,
) -> tuple[str, str] | None:
    """The target of the first route that matches, and why; None when none does.

    `named`: only routes for this very choice. Raises TemplateError.
    """
    scope = scope_of(path)
    for route in plan.node(change.state.steps[path].step).routes:
        if named and route.choice is None:
            continue
        try:
            why = _matches(plan, change, route, choice, scope)
        except TemplateError as error:
            if blindly and error.missing:
                continue
            raise
        if why is not None:
            return route.to, why
    return None


# Arms


def open_arms(plan: Plan, change: Change, path: str) -> None:
    """Begin a step that holds steps: all of its arms, or as many as may run at once."""
    step = plan.steps[change.state.steps[path].step]
    try:
        opened = _arms(plan, change, step, scope_of(path))
    except TemplateError as error:
        fail_step(plan, change, path, 0, Failure("template", f"in: {error}"))
        return
    change.add(e.ArmsOpened(path, opened))
    change.containers[path] = None


def _arms(plan: Plan, change: Change, step: Step, scope: str) -> tuple[e.Arm, ...]:
    match step.do:
        case Parallel() as parallel:
            return a.branches(parallel)
        case Turns():
            return (e.Arm(TURNS),)
        case Calls(asks=asks):
            asked = change.state.seen_from(scope, asks)
            assert asked is not None
            return a.calls_of(change.state.steps[asked].output)
        case ForEach() as loop:
            return _turns(plan, change, loop, scope)
    raise AssertionError(f"{step.id} holds no steps")


def start_arms(plan: Plan, change: Change, path: str) -> None:
    step = change.state.steps[path]
    container = plan.steps[step.step].do
    assert isinstance(container, CONTAINERS)
    assert step.arms is not None
    for key in a.next_to_start(container, step):
        change.add(e.ArmStarted(path, key), step.seq)
        inside = a.list_of(container, step, key)
        enter_list(plan, change, inside, arm_scope(path, key), step.approved)


def _turns(plan: Plan, change: Change, loop: ForEach, scope: str) -> tuple[e.Arm, ...]:
    value = evaluate(plan, change, loop.items, scope)
    names = names_in(plan, change.state, change.now, scope) if loop.key else {}
    return a.turns_through(loop, value, names)


def settle(plan: Plan, change: Change, path: str) -> None:
    """Look at a step that holds steps: begin more of it, or end it."""
    step = change.state.steps[path]
    container = plan.steps[step.step].do
    assert isinstance(container, CONTAINERS)
    assert step.arms is not None
    found = a.verdict(container.join, step)
    if found is None:
        start_arms(plan, change, path)
        return
    for key, arm in step.arms.items():
        if arm.status in (StepStatus.PENDING, StepStatus.RUNNING):
            reason = f"enough of {path} had ended"
            cancel_active(change, arm_scope(path, key), reason)
            change.add(e.ArmEnded(path, key, StepStatus.CANCELLED, reason))
    wanted = container.join == "ended"  # also what did not come off is an answer
    if found.succeeded and not wanted and _undo_losers(plan, change, path):
        return
    if found.succeeded:
        turns = container if isinstance(container, Turns) else None
        left = answered(change.state, step, turns) if turns else None
        change.add(e.StepSucceeded(path, 0, left))
        advance(plan, change, path)
    else:
        failure = Failure("arms", found.words, retryable=False)
        fail_step(plan, change, path, 0, failure)


def _undo_losers(plan: Plan, change: Change, path: str) -> bool:
    """Undo what arms did that were not needed; whether there is still some of it."""
    step = change.state.steps[path]
    if step.undoing is None:
        lost = tuple(
            arm_scope(path, key)
            for key, arm in (step.arms or {}).items()
            if arm.status is not StepStatus.SUCCEEDED and not arm.called_off
        )
        paths = losers(plan, change.state, lost) if lost else ()
        if not paths:
            return False
        change.add(e.UndoStarted(path, paths), step.seq)
    return undo_next(plan, change, change.state.steps[path].undoing or ())


# Ends


def conclude(plan: Plan, change: Change) -> None:
    """See what has come to an end, now that all that follows has been entered."""
    while True:
        _conclude_once(plan, change)
        if not (plan.cancels and _cancel_branches(plan, change)):
            return


def _conclude_once(plan: Plan, change: Change) -> None:
    while change.ending or change.handled or change.scopes or change.containers:
        if change.ending:
            _begin_the_end(plan, change, change.ending)
        elif change.handled:
            path = change.handled.pop()
            if not is_over(change, scope_of(path)):
                step = plan.node(change.state.steps[path].step)
                follow(plan, change, path, step.on_error)
        elif change.scopes:
            scope, _ = change.scopes.popitem()
            if scope not in change.state.live and not is_over(change, scope):
                _succeed(plan, change, scope)
        else:
            path, _ = change.containers.popitem()
            running = change.state.steps[path].status is StepStatus.RUNNING
            if running and not is_over(change, scope_of(path)):
                settle(plan, change, path)


def _begin_the_end(plan: Plan, change: Change, ending: Ending) -> None:
    """Begin what is done at the end, now that nothing else is active."""
    change.ending = None
    change.handled.clear()
    change.add(e.FinallyStarted(ending))
    enter_list(plan, change, FINALLY, RUN)


def _succeed(plan: Plan, change: Change, scope: str) -> None:
    if scope == RUN:
        end_run(plan, change, Ending(RunStatus.SUCCEEDED))
    else:
        end_arm(change, scope, StepStatus.SUCCEEDED)


def _cancel_branches(plan: Plan, change: Change) -> bool:
    """End the branches whose `cancel_when` has become true; whether there were any."""
    ended = False
    for step in change.state.active:
        parallel = plan.steps[step.step].do if step.arms is not None else None
        if not isinstance(parallel, Parallel) or step.arms is None:
            continue
        for branch in parallel.branches:
            running = step.arms[branch.id].status is StepStatus.RUNNING
            if running and branch.cancel_when is not None:
                scope = arm_scope(step.path, branch.id)
                ended |= _cancel_if(plan, change, branch.cancel_when, scope)
    return ended


def _cancel_if(plan: Plan, change: Change, expression: str, scope: str) -> bool:
    try:
        wanted = bool(evaluate(plan, change, expression, scope))
    except TemplateError as error:
        if error.missing:
            return False  # what it looks at has not come about yet
        fail_scope(plan, change, scope, f"cancel_when: {error}")
        return True
    if wanted:
        reason = f"cancel_when: {expression}"
        cancel_active(change, scope, reason)
        end_arm(change, scope, StepStatus.CANCELLED, reason, called_off=True)
    return wanted


def evaluate(plan: Plan, change: Change, expression: str, scope: str) -> object:
    """What an expression is worth in a scope. Raises TemplateError."""
    # Jinja takes as long to import as all of the rules; most acts read no expression.
    from engine.definition.render import evaluate as value_of

    return value_of(expression, names_in(plan, change.state, change.now, scope))


def _matches(
    plan: Plan, change: Change, route: Route, choice: str | None, scope: str
) -> str | None:
    """Why the route is taken: its expression or choice, "" by default; None if not."""
    if route.choice is not None and route.choice != choice:
        return None
    if route.when is not None:
        return route.when if evaluate(plan, change, route.when, scope) else None
    return f"choice {choice}" if route.choice is not None else ""


def all_done(plan: Plan, change: Change, step: str, scope: str) -> bool:
    """Whether a step of a graph may begin: all that it needs is done."""
    needs = plan.node(step).needs
    state = change.state
    found = [state.newest(need, scope) for need in needs]
    return all(need is not None and is_done(state, need) for need in found)


def _approval_of(change: Change, step: StepState) -> str:
    """The digest a step stands on: its own gate's, or the one that led to it."""
    approval = change.state.approvals.get(step.approval)
    if approval and approval.status is ApprovalStatus.APPROVED:
        return approval.digest
    return step.approved
