"""What rolling a run back would undo, told before anyone says yes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.json import encode

from engine.attempt import allowed_environment
from engine.definition.base import Json
from engine.definition.fields import accept
from engine.definition.kinds import Http, Python, Shell, Sql, SubRun
from engine.definition.model import Do, Step
from engine.definition.render import render, render_value
from engine.errors import InvalidValues, TemplateError
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.decide import decide
from engine.machine.places import scope_of, undo_of
from engine.machine.plan import Plan
from engine.machine.scope import scope
from engine.machine.state import Actor, Rollback, RunState
from engine.machine.undoing import (
    REVERSIBLE,
    UNKNOWN,
    Compensation,
    compensation,
    is_cut_off,
)


class Undoing(Struct, frozen=True):
    """One step that has done something: how that stands, and what would be run."""

    run: str
    path: str
    standing: str  # reversible | irreversible | unknown
    kind: str  # of what undoes it; empty when nothing does
    what: str = ""
    given: dict[str, Json] = {}  # what that is handed beside its words


def preview(
    engine: Engine, run: str, to: str, who: Actor, *, above: bool = False
) -> list[Undoing]:
    """Newest first, those of the runs inside where they stand.

    Raises CommandRefused as the roll back itself would.
    """
    state = engine.load(run)
    plan = engine.plan_of(state)
    change = decide(plan, state, c.RollBack(to, who, above), engine.clock())
    (planned,) = (
        entry.event.rollback
        for entry in change.entries
        if isinstance(entry.event, e.RollbackStarted)
    )
    return [*_told(engine, plan, state, planned, who)]


def _told(
    engine: Engine, plan: Plan, state: RunState, planned: Rollback, who: Actor
) -> Iterator[Undoing]:
    order = {path: n for n, path in enumerate((*planned.steps, *planned.left))}
    named = [compensation(plan, state.steps[path]) for path in order]
    found = [each for each in named if each is not None]
    newest = sorted(found, key=lambda f: state.steps[f.path].seq, reverse=True)
    for each in newest:
        child = state.steps[each.path].child
        if child and each.undo:
            yield from preview(engine, child, "", who, above=True)
        else:
            yield _undoing(engine, plan, state, each)


def _undoing(
    engine: Engine, plan: Plan, state: RunState, found: Compensation
) -> Undoing:
    step = plan.steps.get(undo_of(state.steps[found.path].step))
    if step is None or not found.undo:
        return Undoing(state.id, found.path, found.standing, "")
    standing = UNKNOWN if is_cut_off(plan, state, found.path) else found.standing
    what, given = _rendered(engine, plan, state, found.path, step)
    return Undoing(state.id, found.path, standing, step.kind, what, given)


def _rendered(
    engine: Engine, plan: Plan, state: RunState, path: str, step: Step
) -> tuple[str, dict[str, Json]]:
    names = scope(plan, state, engine.clock(), scope_of(path))
    names["env"] = allowed_environment(engine)
    try:
        if step.template is not None:
            inputs = render_value(step.with_, names)
            names["inputs"] = accept(step.template_inputs, inputs)
        given = {k: render_value(v, names) for k, v in given_to(step).items()}
        return render(words_of(step.do), names), given
    except (TemplateError, InvalidValues) as error:
        return f"{words_of(step.do)} (can't be filled in yet: {error})", {}


def words_of(do: Do) -> str:
    """What is done, as it stands in the file."""
    match do:
        case Shell(run=run):
            return run if isinstance(run, str) else " ".join(run)
        case Http(method=method, url=url):
            return f"{method} {url}"
        case SubRun(workflow=name):
            return f"the run of {name}"
        case Python(call=call):
            return call
        case Sql(query=query):
            return query
        case _:
            return type(do).__name__.lower()


def given_to(step: Step) -> dict[str, Json]:
    """What is done is handed beside its words, as it stands in the file."""
    match step.do:
        case Sql(with_=given) | Python(with_=given):
            return given
        case SubRun():
            return step.with_
        case Http(json=json) if json is not None:
            return {"json": json}
        case Http(body=body) if body is not None:
            return {"body": body}
        case _:
            return {}


def how(each: Undoing) -> str:
    """What undoing it would do, in a line of words."""
    if not each.kind:
        return "nothing undoes it: it is left"
    first = "asks first: " if asked_about(each) else ""
    given = [f"{name}: {_short(value)}" for name, value in each.given.items()]
    words = "; ".join([each.what, ", ".join(given)]) if given else each.what
    return " ".join(f"{first}{words}".split())


def _short(value: Json) -> str:
    return value if isinstance(value, str) else encode(value).decode()


def unsure(found: list[Undoing]) -> list[Undoing]:
    """What stays as it is, or may: to be named before anyone says yes."""
    return [each for each in found if each.standing != REVERSIBLE]


def asked_about(each: Undoing) -> bool:
    """Whether a person is asked before it is undone."""
    return each.standing == UNKNOWN and bool(each.kind)
