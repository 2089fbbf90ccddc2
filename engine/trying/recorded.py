"""A past run as a case: what it was given, what came back, what people decided."""

from __future__ import annotations

from collections.abc import Iterator

from engine.attempt import allowed_environment
from engine.context.lookup import lookup
from engine.definition.kinds import Http, Llm, Python, Shell, Sql, Wait
from engine.definition.template_values import ABSENT
from engine.entries import event_of
from engine.errors import WeirError
from engine.handle import Engine
from engine.machine import events as e
from engine.machine.places import scope_of
from engine.machine.state import Decision, Failure, RunState
from engine.trying.model import EXPIRE, Answer, Case, Decided, Library
from store import events

# What reaches out of a run: what came back is taken from its history.
OUTSIDE = (Llm, Shell, Http, Python, Sql, Wait)
# What a person did to a run that no definition could have led to.
BY_HAND = {
    e.WentBack: "went back in it",
    e.RunRetried: "retried it",
    e.RollbackStarted: "rolled it back",
    e.ContextSet: "gave it other values",
    e.VersionAdopted: "let it adopt another version",
}


class NotRehearsed(WeirError):
    """A run that went its way by more than its definition and what it was answered."""


def case_of(engine: Engine, state: RunState) -> Case:
    """Raises NotRehearsed."""
    answers: dict[str, tuple[Answer, ...]] = {}
    decisions: dict[str, tuple[Decided, ...]] = {}
    for place, said in said_in(engine, state, ""):
        if isinstance(said, Answer):
            answers[place] = (*answers.get(place, ()), said)
        else:
            decisions[place] = (*decisions.get(place, ()), said)
    names = engine.plan_of(state).workflow.context
    found = {name: lookup(state.context, name.split(".")) for name in names}
    return Case(
        name=state.id,
        path=(),
        inputs=state.inputs,
        context={name: value for name, value in found.items() if value is not ABSENT},
        project=state.project,
        at=state.started_at,
        env=allowed_environment(engine),
        answers=answers,
        decisions=decisions,
    )


def library_then(engine: Engine, state: RunState) -> Library:
    """The definitions that a run went by."""
    pinned = {name: engine.definition(sha) for name, sha in state.pins.items()}
    own = engine.definition(state.version)
    return {**pinned, f"workflow/{state.workflow}": own}


def said_in(
    engine: Engine, state: RunState, around: str
) -> Iterator[tuple[str, Answer | Decided]]:
    """What came back to a run and to those inside of it, by place and in order."""
    plan = engine.plan_of(state)
    for record in events.history(engine.database, state.id):
        event = event_of(record)
        if type(event) in BY_HAND:
            raise NotRehearsed(f"someone {BY_HAND[type(event)]}")
        if isinstance(event, e.StepSkipped) and event.by is not None:
            raise NotRehearsed("someone skipped a step of it")
        if isinstance(event, e.ChildStarted):
            place = around + place_of(state, event.path)
            yield from said_in(engine, engine.load(event.run), f"{place}/")
        path = getattr(event, "path", "")
        if path not in state.steps:
            continue
        place = around + place_of(state, path)
        if isinstance(event, e.ApprovalDecided):
            yield place, decided(event.decision)
        elif isinstance(event, e.ApprovalExpired):
            yield place, Decided((), EXPIRE)
        elif (answer := answer_in(event)) is not None:
            step = plan.steps.get(state.steps[path].step)
            if step is not None and isinstance(step.do, OUTSIDE):
                yield place, answer


def place_of(state: RunState, path: str) -> str:
    """A step's place, whichever visit it is."""
    return scope_of(path) + state.steps[path].step


def answer_in(event: e.AnyEvent) -> Answer | None:
    match event:
        case e.StepSucceeded(output=output):
            return Answer((), output=output, whole=True)
        case e.StepReused(output=output):
            return Answer((), output=output, whole=True)
        case e.StepRetrying(failure=failure, counts=True):
            return failing(failure)
        case e.StepFailed(attempt=attempt, failure=failure) if attempt:
            return failing(failure)
    return None


def failing(failure: Failure) -> Answer:
    return Answer(
        (),
        fails=failure.message,
        kind=failure.kind,
        sign=failure.sign,
        retry=failure.retryable,
    )


def decided(decision: Decision) -> Decided:
    edit = {decision.edit.name: decision.edit.text} if decision.edit else {}
    return Decided(
        (),
        decision.choice,
        decision.by.name,
        "" if decision.reason else decision.comment,
        decision.reason,
        decision.inputs,
        edit,
        decision.by.roles,
    )
