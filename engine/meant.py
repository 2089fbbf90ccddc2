"""What a person means by what they typed: a short id, a step, a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from engine.errors import Ambiguous, CommandRefused, NotFound
from engine.machine.places import RUN, first_visit
from engine.machine.putting import is_within
from engine.machine.state import RunState, StepStatus
from engine.machine.steering import STILL
from engine.machine.ticking import Item
from engine.machine.waiting import lacking
from store import pruned
from store.database import Database

Json = Any
T = TypeVar("T")


def require_awaited(state: RunState, names: Iterable[str]) -> None:
    """Raises CommandRefused for a value that no step of the run waits for."""
    awaited = [name for _, awaits in lacking(state) for name in awaits.names]
    for name in names:
        if not any(is_within(name, each) or is_within(each, name) for each in awaited):
            said = f"but for {', '.join(awaited)}" if awaited else "nor for anything"
            raise CommandRefused(
                f"run {state.id} does not wait for `{name}`, {said};"
                f" `weir set {state.id} {name}=…` gives another value"
            )


def require_there(database: Database, run: str) -> None:
    """Raises CommandRefused for a run that was pruned, which nobody would see go on."""
    if pruned.is_hidden(database, run):
        raise CommandRefused(
            f"run {run} was pruned; `weir prune --undo {run}` brings it back"
        )


def visit_of(state: RunState, step: str) -> str:
    """The visit that is meant by a path or a step's id, wherever that stands.

    Of one step the newest, or `draft#1`, the first. Of several arms the interrupted
    one, which a person is asked about. Raises Ambiguous.
    """
    if first := first_visit(step, state.steps):
        return first
    if step in state.steps:
        return state.latest.get(step, step)
    visits = [v for v in state.steps.values() if v.step == step and v.status in STILL]
    asked = [v for v in visits if v.status is StepStatus.INTERRUPTED] or visits
    if len(asked) > 1:
        paths = ", ".join(visit.path for visit in asked)
        raise Ambiguous(f"{step} stands in more than one place: {paths}")
    return asked[0].path if asked else step


def document_of(state: RunState, name: str) -> str:
    """The path of a document: the newest that a step of that id, or path, has left.

    Raises NotFound.
    """
    left = [step for step in state.steps.values() if step.artifact]
    for step in reversed(left):
        if name in (step.path, step.step):
            return step.path
    names = ", ".join(dict.fromkeys(step.step for step in left)) or "none"
    raise NotFound(f"no artifact {name!r}; the run has left {names}")


def item_of(items: Sequence[Item], said: str) -> Item | None:
    """The item of a number, or the one that says or holds these words.

    None for a number that none has, which the run refuses. Raises NotFound, Ambiguous.
    """
    if said.isascii() and said.isdigit():
        return next((item for item in items if item.number == int(said)), None)
    words = " ".join(said.split()).casefold()
    whole = [item for item in items if item.text.casefold() == words]
    found = whole or [i for i in items if words and words in i.text.casefold()]
    numbers = ", ".join(str(item.number) for item in found)
    return only(
        found,
        f"no item says {said!r}; `weir artifact` prints them with their numbers",
        f"{said!r} fits more than one item: {numbers}; say its number",
    )


def finished_path(state: RunState, step: str) -> str:
    """The visit meant when a run is rolled back: the newest done, or `draft#1`."""
    if first := first_visit(step, state.steps):
        return first
    return state.finished.get(RUN, {}).get(step, step)


def typed_like(now: Json, text: str) -> Json:
    """The value a person has typed, read as a text where a text is there now."""
    if isinstance(now, str):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def require_id(prefix: str, what: str, lister: str) -> None:
    """Raises NotFound for the empty id: a script's unset variable means nothing."""
    if not prefix:
        raise NotFound(f"the id of the {what} is empty; `{lister}` lists them")


def only(found: Sequence[T | None], none: str, many: str) -> T:
    values = [value for value in found if value is not None]
    if not values:
        raise NotFound(none)
    if len(values) > 1:
        raise Ambiguous(many)
    return values[0]
