"""Whatever is asked in whatever order, the rules hold."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.definition.kinds import Shell
from engine.definition.model import ContextSource, Retry, Route
from engine.errors import WeirError
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.codec import decode, encode
from engine.machine.evolve import evolve, fold
from engine.machine.held_up import found, held_up, lookups
from engine.machine.places import is_undo, scope_of, undone_by
from engine.machine.plan import Plan
from engine.machine.state import (
    STEP_ACTIVE,
    ApprovalStatus,
    Failure,
    FileAwaited,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)
from engine.machine.transitions import APPROVAL, ARM, RUN, STEP
from tests.engine.machine.given import (
    ANA,
    BOB,
    DIGEST,
    NOW,
    REQUEST,
    Given,
    gate_step,
    loop_step,
    parallel_step,
    plan,
    reading,
    run_step,
    set_step,
    shell_step,
    wait_step,
)

LIST = plan(
    set_step("draft"),
    shell_step("send", retry=Retry(attempts=2)),
    gate_step(
        route=(Route(to="draft", choice="rework"), Route(to="after")),
        timeout=60,
        on_timeout="expire",
        required=2,
    ),
    wait_step("after"),
    shell_step("last", when="outputs.draft.x == 1"),
)
GRAPH = plan(
    set_step("a", needs=()),
    shell_step("b", needs=()),
    gate_step("gate"),
    set_step("d", needs=("a", "b")),
)
ARMS = plan(
    parallel_step(
        "wide",
        won=set_step("won"),
        asked=(gate_step(timeout=60, on_timeout="expire"), shell_step("told")),
        join="any",
    ),
    loop_step(
        "each", "[1, 2, 3]", shell_step("turn"), run_step("child"), max_parallel=2
    ),
    set_step("last"),
)
NESTED = plan(
    loop_step(
        "outer",
        "['a', 'b']",
        parallel_step(
            "inner",
            ask=gate_step(),
            loop=loop_step("deep", "[1, 2]", shell_step("turn"), name="deep_item"),
            again=set_step("round", route=(Route(to="round"),), max_visits=2),
            join=2,
        ),
        join="any",
    ),
    run_step("child"),
)
UNDONE = {"undo": Shell(run="true")}
UNDOING = plan(
    shell_step("book", **UNDONE),
    parallel_step(
        "both",
        join="any",
        x=(
            shell_step("hold", **UNDONE),
            gate_step(timeout=60, on_timeout="expire", show=("who",)),
        ),
        y=loop_step(
            "each",
            '["u", "v"]',
            shell_step("pay", on_error="continue", **UNDONE),
            set_step("note"),
            max_parallel=1,
        ),
    ),
    shell_step("last", on_error="route:book", max_visits=3),
    finally_=(shell_step("tidy"), set_step("tell")),
    timeout=900,
    context={"who": ContextSource(expr="1")},
)
NEEDS = plan(
    shell_step("a", needs=(), **UNDONE),
    loop_step("m", "[1, 2]", shell_step("b", **UNDONE), join=1),
    shell_step("d", needs=("a", "m"), on_error="continue"),
    set_step("last", needs=("d",)),
)
# What needs the gate's yes, and what stands beside it and may be steered.
HELD = (
    shell_step("a", needs=(), **UNDONE),
    replace(gate_step(timeout=60, on_timeout="expire"), needs=("a",)),
    loop_step("m", "[1, 2]", shell_step("b"), join=1),
    parallel_step("wide", won=set_step("won"), lost=shell_step("lost"), join="any"),
    shell_step("d", needs=("gate",)),
    set_step("last", needs=("d", "m", "wide")),
)
HOLDING = plan(*HELD)
HELD_WITHIN = plan(
    parallel_step("outer", held=HELD, other=shell_step("other")),
    finally_=(shell_step("tidy"),),
)
# What is read is looked up in between: in arms, of a step that fails, and at the end.
LATER = plan(
    set_step("first"),
    parallel_step(
        "wide",
        x=(set_step("won"), reading("a", "one")),
        y=replace(reading("b", "one ~ two"), on_error="continue"),
        z=loop_step("m", "[1, 2]", shell_step("turn"), reading("d", "two")),
        join=2,
    ),
    replace(reading("last", "three"), retry=Retry(attempts=2), max_visits=3),
    finally_=(reading("tell", "four"),),
    timeout=900,
    context={n: ContextSource(expr="1") for n in ("one", "two", "three", "four")},
)
PATHS = [
    "draft",
    "send",
    "gate",
    "after",
    "last",
    "draft#2",
    "gate#2",
    "a",
    "b",
    "d",
    "book",
    "book~undo",
    "both",
    "both[x]/hold",
    "both[x]/hold~undo",
    "both[x]/gate",
    "both[y]/each",
    "both[y]/each[u]/pay",
    "both[y]/each[u]/pay~undo",
    "tidy",
    "tell",
    "both[y]/each[v]/note",
    "m",
    "m[1]/b",
    "m[2]/b",
    "m[2]/b~undo",
    "a~undo",
]
PATHS += ["wide[won]/won", "wide[asked]/gate", "wide[asked]/told", "wide", "each"]
PATHS += ["each[1]/turn", "each[2]/child", "outer[a]/inner", "child"]
PATHS += ["outer[b]/inner[loop]/deep[2]/turn", "outer[a]/inner[again]/round#2"]
paths = st.sampled_from(PATHS)
attempts = st.integers(1, 3)
runners = st.sampled_from(["w1", "w2"])
approvals = st.sampled_from(["a1", "a2"])
people = st.sampled_from([ANA, BOB])
commands = st.one_of(
    st.builds(c.StartAttempt, paths, runners),
    st.builds(
        c.ReportSuccess,
        paths,
        attempts,
        runners,
        st.sampled_from([{"x": 1}, {"x": 2}]),
        take=st.sampled_from(["", "w1"]),
    ),
    st.builds(
        c.ReportFailure,
        paths,
        attempts,
        runners,
        st.builds(Failure, st.just("exit"), st.just("no"), retryable=st.booleans()),
    ),
    st.builds(c.ReportLost, paths, attempts, runners, st.just("gone")),
    st.builds(
        c.RequestApproval,
        st.sampled_from(["gate", "gate#2"]),
        attempts,
        runners,
        approvals,
        st.just(REQUEST),
        st.just(DIGEST),
    ),
    st.builds(
        c.BeginWait, st.just("after"), attempts, runners, st.floats(NOW, NOW + 99)
    ),
    st.builds(
        c.BeginWait,
        paths,
        attempts,
        runners,
        st.floats(NOW, NOW + 99),
        st.just(FileAwaited("a")),
    ),
    st.builds(
        c.ReportAwaited,
        paths,
        attempts,
        st.just({"x": 1}),
        st.sampled_from([None, Failure("missing", "no")]),
    ),
    st.builds(
        c.DecideApproval,
        approvals,
        st.sampled_from(["approve", "rework", "reject", "?"]),
        st.sampled_from([DIGEST, "other"]),
        people,
    ),
    st.builds(c.WithdrawApproval, approvals, people),
    st.builds(
        c.BeginChild,
        st.sampled_from(["child", "each[2]/child"]),
        attempts,
        runners,
        st.sampled_from(["r2", "r3"]),
        st.just({}),
    ),
    st.builds(
        c.ReportChild,
        st.sampled_from(["child", "each[2]/child"]),
        st.sampled_from(["r2", "r3"]),
        st.sampled_from(["succeeded", "failed", "cancelled"]),
        st.just({}),
    ),
    st.builds(c.FireTimer, st.one_of(paths, st.just(""))),
    st.builds(c.SkipStep, paths, st.sampled_from(["by hand", ""]), people),
    st.builds(c.GoBack, paths, people),
    st.builds(c.SetContext, st.sampled_from([{"who": 2}, {"?": 2}]), people),
    st.builds(c.RollBack, st.one_of(paths, st.just("")), people),
    st.builds(
        c.ResolveStep, paths, st.sampled_from(["again", "done", "fail", "?"]), people
    ),
    st.builds(c.RetryRun, people, revive=st.booleans()),
    st.builds(c.PauseRun, people),
    st.builds(c.ResumeRun, people),
    st.builds(c.CancelRun, people),
)
# Most of the commands are ones that fit where the run stands, so that stories get far.
DONE = ("go", "go", "go", "go", "go", "go")
ODD = ("fail", "lose", "skip", "back", "undo", "later", "retry", "pause", "cancel", "?")
PLANS = [LIST, GRAPH, ARMS, NESTED, UNDOING, NEEDS, HOLDING, HELD_WITHIN, LATER]
choices = st.lists(
    st.tuples(st.sampled_from(DONE + ODD), st.integers(0, 50), commands), max_size=60
)
PINS = {"workflow/other": "v2"}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PLANS), choices)
def test_random_commands_never_break_a_rule(
    which: Plan, story: list[tuple[str, int, c.Command]]
) -> None:
    run = Given(which, pins=PINS)
    for how, pick, command in story:
        run.now += 30
        before = run.state
        try:
            run.do(_fitting(run, how, pick) or command)
        except WeirError:
            assert run.state == before
        assert run.state is not None
        _hold(run.state)
    _history_holds(run)
    _needs_hold(run)
    _context_holds(run)
    if which is LIST:
        _nobody_is_led_around_the_gate(run)


TO_THE_END = [("go", 0)] * 40
ACTS = ("no", "no", "skip", "back", "back", "mark", "retry")
STEERED = (*("go",) * 10, "fail", "fail", *ACTS, "undo", "later")


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([HOLDING, HELD_WITHIN]),
    st.lists(
        st.tuples(st.sampled_from(STEERED), st.integers(0, 50)),
        min_size=20,
        max_size=40,
    ),
)
def test_no_steering_leads_around_a_gate(
    which: Plan, story: list[tuple[str, int]]
) -> None:
    run = Given(which)
    for how, pick in [*story, *TO_THE_END]:
        run.now += 1
        command = _steering(run, how, pick)
        if command is None:
            continue
        with suppress(WeirError):
            run.do(command)
        assert run.state is not None
        _hold(run.state)
    _needs_hold(run)


def _steering(run: Given, how: str, pick: int) -> c.Command | None:
    """An act on a step that this run has come to, or the next thing to be done."""
    assert run.state is not None
    failed = [s.path for s in run.state.steps.values() if s.status == "failed"]
    match how:
        case "no":
            for approval in run.state.approvals.values():
                if approval.status is ApprovalStatus.PENDING:
                    return c.DecideApproval(approval.id, "reject", DIGEST, ANA)
            return None
        case "skip" if failed:
            return c.SkipStep(failed[pick % len(failed)], "by hand", ANA)
        case "mark" if failed:
            return c.ResolveStep(failed[pick % len(failed)], "done", ANA, {"x": 1})
        case "skip" | "mark":
            return None
        case _:
            return _fitting(run, how, pick)


def _needs_hold(run: Given) -> None:
    """A step of a graph begins when all that it needs counts; a gate does by a yes."""
    state: RunState | None = None
    for entry in run.entries:
        event = entry.event  # type: ignore[attr-defined]
        state = evolve(state, event, entry.seq, entry.at)  # type: ignore[attr-defined]
        if isinstance(event, e.StepReady) and event.step in run.plan.graph.nodes:
            _counts(run, state, event.step, scope_of(event.path))
    assert state is not None
    if state.status is RunStatus.SUCCEEDED and "" in run.plan.graph.graphs:
        for step in run.plan.workflow.steps:
            newest = state.newest(step.id)
            _is_done(state, newest)


def _context_holds(run: Given) -> None:
    """No step is begun before all the context it needs was looked up."""
    state: RunState | None = None
    for entry in run.entries:
        event = entry.event  # type: ignore[attr-defined]
        if isinstance(event, e.AttemptStarted) and state is not None:
            needed = run.plan.needs.by_step.get(state.steps[event.path].step, ())
            assert {*needed} <= found(run.plan, state)
        state = evolve(state, event, entry.seq, entry.at)  # type: ignore[attr-defined]


def _counts(run: Given, state: RunState, step: str, scope: str) -> None:
    for need in run.plan.node(step).needs:
        _is_done(state, state.newest(need, scope))


def _is_done(state: RunState, step: StepState | None) -> None:
    assert step is not None
    done = step.status in (StepStatus.SUCCEEDED, StepStatus.SKIPPED) or step.handled
    assert done, step
    assert not step.left, step
    assert not step.outdated, step
    if step.approval and step.status is StepStatus.SUCCEEDED:
        assert state.approvals[step.approval].status is ApprovalStatus.APPROVED


def _nobody_is_led_around_the_gate(run: Given) -> None:
    """What stands behind it is come to only after a yes to what stands before it."""
    state: RunState | None = None
    for entry in run.entries:
        event = entry.event  # type: ignore[attr-defined]
        state = evolve(state, event, entry.seq, entry.at)  # type: ignore[attr-defined]
        if isinstance(event, e.StepReady) and event.step == "after":
            visits = [step.step for step in state.steps.values()]
            newest = [step for step in state.steps.values() if step.step == "gate"][-1]
            approval = state.approvals[newest.approval]
            assert approval.status is ApprovalStatus.APPROVED
            before = visits[: [*state.steps].index(newest.path)]
            after = visits[[*state.steps].index(newest.path) :]
            assert {"draft", "send"} <= set(before)
            assert not {"draft", "send"} & set(after)


def _fitting(run: Given, how: str, pick: int) -> c.Command | None:
    """Something that this run may be asked as it stands; None when there is nothing."""
    assert run.state is not None
    state = run.state
    visits = list(state.steps)
    match how:
        case "back":
            return c.GoBack(visits[pick % len(visits)], ANA)
        case "undo":
            done = ["", *state.finished.get("", {}).values()]
            return c.RollBack(done[pick % len(done)], ANA)
        case "retry":
            return c.RetryRun(ANA)
        case "pause":
            paused = state.status is RunStatus.PAUSED
            return c.ResumeRun(ANA) if paused else c.PauseRun(ANA)
        case "cancel" if pick < 5:
            return c.CancelRun(ANA)
        case "skip":
            return c.SkipStep(visits[pick % len(visits)], "by hand", ANA)
        case "later":
            run.now += 60 if pick else 900
            return c.FireTimer(visits[pick % len(visits)] if pick else "")
        case "go" | "fail" | "lose":
            steps = [step for step in state.active if step.arms is None]
            return _work(steps[pick % len(steps)], how, pick) if steps else None
        case _:
            return None


def _work(step: StepState, how: str, pick: int) -> c.Command | None:
    """What a runner, or whoever is asked, says of a step."""
    path, attempt, runner = step.path, step.attempt, step.runner
    match step.status:
        case StepStatus.READY:
            return c.StartAttempt(path, "w1")
        case StepStatus.RUNNING if how == "lose":
            return c.ReportLost(path, attempt, runner, "gone")
        case StepStatus.RUNNING if how == "fail":
            failure = Failure("exit", "no", retryable=pick % 2 == 0)
            return c.ReportFailure(path, attempt, runner, failure)
        case StepStatus.RUNNING if step.step == "gate":
            asked = f"a{path}.{attempt}"
            return c.RequestApproval(path, attempt, runner, asked, REQUEST, DIGEST)
        case StepStatus.RUNNING if step.step == "child":
            return c.BeginChild(path, attempt, runner, f"r{path}", {})
        case StepStatus.RUNNING if step.step == "@context":
            values = dict.fromkeys(step.looks_up or (), 1)
            return c.ReportSuccess(path, attempt, runner, {"values": values})
        case StepStatus.RUNNING:
            return c.ReportSuccess(path, attempt, runner, {"x": pick % 3})
        case StepStatus.RETRYING:
            return c.FireTimer(path)
        case StepStatus.INTERRUPTED:
            return c.ResolveStep(path, "done" if pick % 2 else "again", ANA, {"x": 1})
        case StepStatus.WAITING if step.approval:
            choice = "reject" if how == "fail" else "approve"
            return c.DecideApproval(step.approval, choice, DIGEST, (ANA, BOB)[pick % 2])
        case StepStatus.WAITING if step.child and is_undo(path):
            return c.ReportChild(undone_by(path), step.child, "rolled_back")
        case StepStatus.WAITING if step.child:
            ended = "failed" if how == "fail" else "succeeded"
            return c.ReportChild(path, step.child, ended, {})
        case _:
            return None


def _hold(state: RunState) -> None:
    if state.ended:
        assert not state.live
        assert all(a.status != ApprovalStatus.PENDING for a in state.approvals.values())
    else:
        assert state.live, "a run that goes on has something to go on with"
    assert bool(held_up(state)) == bool(lookups(state))
    for step in state.steps.values():
        _arms_hold(state, step)
    for approval in state.approvals.values():
        if approval.status is ApprovalStatus.PENDING:
            asked = state.steps[approval.path]
            assert (asked.status, asked.approval) == ("waiting", approval.id)
        if approval.status is ApprovalStatus.APPROVED:
            people = {d.by.name for d in approval.decisions if d.choice == "approve"}
            assert len(people) >= 1
    _hold_steps(state)


def _hold_steps(state: RunState) -> None:
    """What is remembered beside the steps says the same as the steps."""
    active = {s.path for s in state.steps.values() if s.status in STEP_ACTIVE}
    assert active == {path for paths in state.live.values() for path in paths}
    for scope, done in state.finished.items():
        for path in done.values():
            step = state.steps[path]
            assert (step.status, step.left) == (StepStatus.SUCCEEDED, False), scope
    if state.status is RunStatus.ROLLING_BACK:
        assert all(is_undo(path) for path in active)
    for step in state.steps.values():
        if is_undo(step.path) and step.status is StepStatus.SUCCEEDED:
            assert state.steps[undone_by(step.path)].status is StepStatus.UNDONE


def _arms_hold(state: RunState, step: StepState) -> None:
    """A step that holds steps is at work while an arm is, and so is what is in it."""
    for key, arm in (step.arms or {}).items():
        scope = f"{step.path}[{key}]/"
        within = (s for s in state.active if s.path.startswith(scope))
        inside = [s for s in within if not is_undo(s.path)]
        if arm.status == "running":
            assert (step.status, bool(inside)) == ("running", True)
        else:
            assert not inside
    if step.arms is not None and step.status == "running" and not step.undoing:
        assert any(arm.status == "running" for arm in step.arms.values())


def _history_holds(run: Given) -> None:
    assert fold(run.entries) == run.state  # type: ignore[arg-type]
    state: RunState | None = None
    for entry in run.entries:
        assert decode(encode(entry.event)[1]) == entry.event  # type: ignore[attr-defined]
        _legal(state, entry.event)  # type: ignore[attr-defined]
        state = evolve(state, entry.event, entry.seq, entry.at)  # type: ignore[attr-defined]


def _legal(state: RunState | None, event: e.AnyEvent) -> None:
    kind = type(event)
    if kind in RUN:
        assert (state.status if state else None) in RUN[kind][0]
    if kind in STEP and state:
        step = state.steps.get(event.path)  # type: ignore[union-attr]
        assert (step.status if step else None) in STEP[kind][0], (kind, event)
    if kind in APPROVAL and state:
        known = state.approvals.get(event.approval)  # type: ignore[union-attr]
        assert (known.status if known else None) in APPROVAL[kind][0]
    if kind in ARM and state and kind is not e.ArmsOpened:
        arms = state.steps[event.path].arms  # type: ignore[union-attr]
        assert arms is not None
        assert arms[event.arm].status in ARM[kind][0]  # type: ignore[union-attr]
