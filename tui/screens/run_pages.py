"""What the pages of a run say: its events, its steps as they were, and its texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from textual.content import Content

from engine.inside import Inside, Question
from engine.machine.events import Entry
from engine.machine.held_up import context_steps
from engine.machine.putting import is_put_off
from engine.machine.state import RunState, Usage
from engine.past import Parts
from store.records import RunRecord
from tui.deciders import answer_at
from tui.text import mark_of, placed, took
from tui.widgets.safe import plain
from tui.widgets.vtable import Column
from tui.words.telling import telling

Json = Any
HISTORY = (
    Column("seq", "EVENT", 5, priority=8, align="right"),
    Column("at", "TIME", 8, priority=7),
    Column("state", "STATE", 12, priority=6),
    Column("path", "STEP", 24, priority=9),
    Column("what", "WHAT", None, priority=9),
)
STEPS = (
    Column("step", "STEP", 32, priority=9),
    Column("kind", "KIND", 8, priority=3),
    Column("state", "STATE", 12, priority=8),
    Column("took", "TOOK", 6, priority=5, align="right"),
    Column("summary", "LEFT BEHIND", None, priority=6),
)
HEADING = "bold $text-accent"


def head(run: RunRecord, at: str, tabs: Content) -> Content:
    """The run as it stood there; below it the pages."""
    mark = mark_of(run.status)
    parts = (plain(run.id, "bold"), plain(run.workflow), plain(mark.text(), mark.style))
    first = Content("  ").join([*parts, plain(at, "$foreground-muted")])
    return Content("\n").join([first, tabs])


def event_cells(entry: Entry) -> Sequence[Content | str]:
    word, text = telling(entry.event)
    mark = mark_of(word) if word else None
    at = datetime.fromtimestamp(entry.at).astimezone()
    return (
        str(entry.seq),
        f"{at:%H:%M:%S}",
        plain(mark.text(), mark.style) if mark else "",
        placed(str(getattr(entry.event, "path", ""))),
        text,
    )


def event_in_full(entry: Entry) -> Content:
    """All that an event holds, and which one it follows from."""
    kind = type(entry.event).__name__
    head = f"{kind}, follows from event {entry.cause}" if entry.cause else kind
    return plain(f"{head}\n{as_json(entry.event)}", multiline=True)


def step_cells(parts: Parts, path: str) -> Sequence[Content | str]:
    step = next(each for each in parts.steps if each.path == path)
    answer = answer_at(step, parts.approvals)
    mark = mark_of(answer.status if answer else step.status)
    began, ended = step.started_at, step.ended_at
    lasted = took(ended - began) if began and ended else ""
    status = plain(mark.text(), mark.style)
    left = answer.said if answer else step.summary
    return placed(step.path), step.kind, status, lasted, left


def given(state: RunState) -> list[Content | str]:
    """What the run was given: inputs, and the context with where it comes from."""
    parts: list[Content | str] = [plain("Inputs", HEADING), as_json(state.inputs)]
    found = [each for each in context_steps(state) if isinstance(each.output, dict)]
    for each in found:
        later = f", looked up as {each.path}" if is_put_off(each.path) else ""
        parts += [plain(f"Context{later}", HEADING), as_json(each.output["values"])]
        if where := each.output.get("provenance"):
            parts += [plain("Where it comes from", HEADING), as_json(where)]
    if not found:
        parts += [plain("Context", HEADING)]
        parts.append(as_json(state.context) if state.context else "none")
    about = f"{state.workflow}, version {state.version[:12]}"
    return [*parts, plain("Goes by", HEADING), about, as_json(state.pins)]


def asked(found: Inside) -> list[Content | str]:
    """Every question to a model, with its answer."""
    parts: list[Content | str] = []
    for each in found.questions:
        parts += question(each)
    if not found.whole:
        parts.append(plain("There is more of it: `weir logs` prints all."))
    return parts or [plain("No model was asked in this run.")]


def question(each: Question) -> Iterator[Content | str]:
    again = f", attempt {each.attempt}" if each.attempt > 1 else ""
    yield plain(f"{each.path}{again}", HEADING)
    if each.usage is not None:
        yield plain(used(each.usage), "$foreground-muted")
    yield plain("asked", "$foreground-muted")
    yield each.prompt or "(nothing is kept of it)"
    yield plain("answered", "$foreground-muted")
    yield each.answer or "(nothing)"
    yield ""


def used(usage: Usage) -> str:
    read, written = usage.input_tokens, usage.output_tokens
    words = [usage.named, f"{read} tokens read", f"{written} written"]
    if usage.cost is not None:
        words.append(f"${usage.cost:.4f}")
    if usage.first_token is not None:
        words.append(f"first after {usage.first_token:.1f} s")
    return ", ".join(word for word in (*words, f"{usage.seconds:.1f} s in all") if word)


def left(found: Inside) -> list[Content | str]:
    """The documents of the run, whole."""
    parts: list[Content | str] = []
    for paper in found.papers:
        parts += [plain(f"{paper.path}: {paper.title}", HEADING), paper.text, ""]
    return parts or [plain("This run has left no document.")]


def as_json(value: Json) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
