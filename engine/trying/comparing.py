"""Comparing what a case has come to with what it has to come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from engine.definition.marks import Path
from engine.definition.words import did_you_mean
from engine.machine import events as e
from engine.machine.putting import is_context
from engine.machine.state import RunState
from engine.machine.waiting import lacking, words_of
from engine.trying.model import REST, Case, Made, Said, Texts
from engine.trying.playing import RUN, Played

Json = Any
RESTS = (REST, "...")
LONGEST = 200  # characters of a value that is told


class Difference(Struct, frozen=True):
    """What is not as it should be, and where the file says how it should."""

    path: Path
    words: str


def differences(case: Case, played: Played) -> Iterator[Difference]:
    expect, state = case.expect, played.state
    at = (*(expect.path or case.path), "status")
    due = expect.status or "succeeded"
    if state.status.value != due:
        why = because(state)
        is_ = f"{state.status.value}{standing(state)}"
        yield Difference(at, f"it is {is_}, not {due}{why}")
    if expect.reason and expect.reason not in state.reason:
        said = told(state.reason) if state.reason else "no reason"
        words = f"the reason is {said}, without {told(expect.reason)}"
        yield Difference((*expect.path, "reason"), words)
    if expect.route is not None:
        yield from of_route((*expect.path, "route"), expect.route, played)
    for name, value in expect.outputs.items():
        yield from of_output((*expect.path, "outputs", name), name, value, state)
    for what, due_texts, texts in (
        ("prompt", expect.prompts, played.prompts),
        ("document", expect.artifacts, played.artifacts),
        ("gate", expect.gates, played.gates),
    ):
        yield from of_texts(what, due_texts, texts)
    for path in played.unused:
        yield Difference(path, "nothing came to this answer")


def because(state: RunState) -> str:
    """Why a run stands where it does, as it follows a sentence; "" where that is plain:
    what it failed of, or which values it waits for."""
    if state.reason:
        return f": {state.reason}"
    lacks = [words_of(awaits) for _, awaits in lacking(state)]
    wrong = [
        f"{name} {words}"
        for _, awaits in lacking(state)
        for name, words in awaits.unfit.items()
    ]
    return f": for {'; '.join([*lacks, *wrong])}" if lacks else ""


def standing(state: RunState) -> str:
    """What a run that has not ended stands at."""
    steps = [step.path for step in state.active if step.arms is None]
    return f" at {', '.join(steps)}" if steps else ""


def of_route(path: Path, due: Sequence[str], played: Played) -> Iterator[Difference]:
    went = [step for step in route_of(played) if not is_context(step[0])]
    if not fits(list(due), went):
        ways = " → ".join(step[0] for step in went) or "nowhere"
        yield Difference(path, f"it went {ways}")


def route_of(played: Played) -> list[tuple[str, str]]:
    """The steps of the run itself that succeeded or failed: place and id, in order."""
    found: list[tuple[str, str]] = []
    for each in played.happened:
        if each.run == RUN and isinstance(each.event, (e.StepSucceeded, e.StepFailed)):
            path = each.event.path
            found.append((path, played.state.steps[path].step))
    return found


def fits(due: list[str], went: list[tuple[str, str]]) -> bool:
    """Whether a way is the one that is due; … stands for any steps, or none."""
    if not due:
        return not went
    if due[0] in RESTS:
        return any(fits(due[1:], went[n:]) for n in range(len(went) + 1))
    return bool(went) and due[0] in went[0] and fits(due[1:], went[1:])


def of_output(
    path: Path, name: str, due: Json, state: RunState
) -> Iterator[Difference]:
    known = {step.step: step for step in state.steps.values()}  # the newest visit
    step = state.steps.get(name) or known.get(name)
    if step is None:
        hint = did_you_mean(name, [*known], "it was never come to")
        yield Difference(path, f"no step {name} has left anything; {hint}")
        return
    yield from of_value(path, due, step.output, name)


def of_value(path: Path, due: Json, found: Json, name: str) -> Iterator[Difference]:
    """Of a mapping only the keys are compared that are named."""
    if isinstance(due, Mapping) and isinstance(found, Mapping):
        for key, value in due.items():
            if key in found:
                yield from of_value((*path, key), value, found[key], f"{name}.{key}")
            else:
                yield Difference((*path, key), f"{name} has no {key}")
    elif due != found:
        yield Difference(path, f"{name} is {as_text(found)}, not {as_text(due)}")


def of_texts(what: str, due: Texts, found: Sequence[Made]) -> Iterator[Difference]:
    for name, said in due.items():
        own = [each.text for each in found if name in each.names]
        if own:
            yield from of_text(what, name, said, own)
        else:
            places = dict.fromkeys(each.place for each in found)
            known = f"there is {', '.join(places)}" if places else "there is none"
            yield Difference(said.path, f"there was no {what} of {name}; {known}")


def of_text(what: str, name: str, due: Said, found: list[str]) -> Iterator[Difference]:
    """A text of a step that was come to more than once: in any of them, or in none."""
    whole = "\n\n".join(found)
    for piece in due.contains:
        if piece not in whole:
            words = f"the {what} of {name} does not say {told(piece)}"
            yield Difference(due.path, f"{words}; it says {told(whole)}")
    for piece in due.excludes:
        if piece in whole:
            yield Difference(due.path, f"the {what} of {name} says {told(piece)}")
    if due.equals is not None and due.equals.strip() != found[-1].strip():
        yield Difference(due.path, f"the {what} of {name} is {told(found[-1])}")


def as_text(value: Json) -> str:
    return told(msgspec.json.encode(value).decode())


def told(text: str) -> str:
    """A text as a sentence quotes it: on one line, cut where it is long."""
    line = " ".join(text.split())
    return f"“{line[: LONGEST - 1]}…”" if len(line) > LONGEST else f"“{line}”"
