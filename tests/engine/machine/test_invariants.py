"""Whatever is asked in whatever order, the rules hold."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.model import Retry, Route
from engine.errors import WeirError
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.codec import decode, encode
from engine.machine.evolve import evolve, fold
from engine.machine.plan import Plan
from engine.machine.state import ApprovalStatus, Failure, RunState, StepState
from engine.machine.transitions import APPROVAL, RUN, STEP
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
PATHS = ["draft", "send", "gate", "after", "last", "draft#2", "gate#2", "a", "b", "d"]
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
    st.builds(c.FireTimer, paths),
    st.builds(
        c.ResolveStep, paths, st.sampled_from(["again", "done", "fail", "?"]), people
    ),
    st.builds(c.RetryRun, people, revive=st.booleans()),
    st.builds(c.PauseRun, people),
    st.builds(c.ResumeRun, people),
    st.builds(c.CancelRun, people),
)
# Half of the commands are ones the run is waiting for, so that stories get far.
choices = st.lists(st.tuples(st.integers(0, 3), commands), max_size=40)
PINS = {"workflow/other": "v2"}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([LIST, GRAPH, ARMS, NESTED]), choices)
def test_random_commands_never_break_a_rule(
    which: Plan, story: list[tuple[int, c.Command]]
) -> None:
    run = Given(which, pins=PINS)
    for hint, command in story:
        run.now += 30
        before = run.state
        try:
            run.do(command if hint == 0 else _expected(run, hint) or command)
        except WeirError:
            assert run.state == before
        assert run.state is not None
        _hold(run.state)
    _history_holds(run)


def _expected(run: Given, hint: int) -> c.Command | None:
    """Something this run is waiting for."""
    assert run.state is not None
    for step in [step for step in run.state.active if step.arms is None]:
        match step.status:
            case "ready":
                return c.StartAttempt(step.path, "w1")
            case "running" if step.step == "gate":
                approval = f"a{hint}{step.path}"
                return c.RequestApproval(
                    step.path, step.attempt, step.runner, approval, REQUEST, DIGEST
                )
            case "running" if step.step == "child":
                return c.BeginChild(
                    step.path, step.attempt, step.runner, f"r{hint}{step.path}", {}
                )
            case "running":
                return c.ReportSuccess(
                    step.path, step.attempt, step.runner, {"x": hint}
                )
            case "waiting" if step.approval:
                by = ANA if hint == 1 else BOB
                return c.DecideApproval(step.approval, "approve", DIGEST, by)
            case "waiting" if step.child:
                how = "succeeded" if hint < 3 else "failed"
                return c.ReportChild(step.path, step.child, how, {})
    return None


def _hold(state: RunState) -> None:
    if state.ended:
        assert not state.active
        assert all(a.status != ApprovalStatus.PENDING for a in state.approvals.values())
    else:
        assert state.active, "a run that goes on has something to go on with"
    for step in state.steps.values():
        _arms_hold(state, step)
    for approval in state.approvals.values():
        if approval.status is ApprovalStatus.PENDING:
            asked = state.steps[approval.path]
            assert (asked.status, asked.approval) == ("waiting", approval.id)
        if approval.status is ApprovalStatus.APPROVED:
            people = {d.by.name for d in approval.decisions if d.choice == "approve"}
            assert len(people) >= 1


def _arms_hold(state: RunState, step: StepState) -> None:
    """A step that holds steps is at work while an arm is, and so is what is in it."""
    for key, arm in (step.arms or {}).items():
        inside = [s for s in state.active if s.path.startswith(f"{step.path}[{key}]/")]
        if arm.status == "running":
            assert (step.status, bool(inside)) == ("running", True)
        else:
            assert not inside
    if step.arms is not None and step.status == "running":
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
