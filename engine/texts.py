"""The words of a run: what it was given, did, asked, was told and left."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from msgspec import Struct

from engine.entries import event_of
from engine.errors import Unreadable
from engine.machine import events as e
from engine.machine.putting import is_context
from store import artifacts, blobs, events, logs
from store.blobs import DamagedBlob, MissingBlob
from store.database import Database
from store.records import RunRecord

# What a model was asked and answered; other streams are plentiful and say little.
STREAMS = ("llm", "prompt")
# Fields of events, and of what Weir itself makes an output of, that say where, by whom
# and of what kind: names and digests, which are found by other means, or by nobody.
NO_WORDS = frozenset(
    {"by", "pins", "version", "digest", "sha256", "runner", "approval", "usage"}
    | {"approved", "run", "path", "type", "kind", "uid", "status", "item", "parent"}
    | {"code", "form", "original", "risk", "root", "source"}
)
FREE = ("output", "value")  # fields that hold whatever a step or a person gave
PAGE = 2000


class Piece(Struct, frozen=True):
    """A text of a run: at which step ("" for the run itself), and where it stood."""

    path: str
    where: str  # inputs, output, comment, failure, prompt, artifact
    text: str


def pieces(database: Database, run: RunRecord) -> Iterator[Piece]:
    """Every text of a run, in the order in which they came to be."""
    yield Piece("", "run", f"{run.id} {run.workflow} {run.title} {run.project}")
    gates: set[str] = set()
    for record in events.history(database, run.id):
        try:
            event = event_of(record)
        except Unreadable:
            continue  # it has no words to be found by; `weir doctor` names it
        if isinstance(event, e.ApprovalRequested):
            gates.add(event.path)
        yield from told(event, gates)
    yield from logged(database, run.id)
    yield from documents(database, run.id)


def told(event: e.AnyEvent, gates: Container[str]) -> Iterator[Piece]:
    """The texts of an event by its fields; `gates` are the paths of what has asked."""
    path = getattr(event, "path", "")
    for name in event.__struct_fields__:
        if name in NO_WORDS:
            continue
        value = getattr(event, name)
        if name == "output" and is_context(path):
            value = value and value.get("values")
        ours = name == "output" and (_is_document(event) or path in gates)
        found = own(value) if ours else _inside(value) if name in FREE else words(value)
        text = "\n".join(found)
        if text:
            yield Piece(path, name, text)


def _is_document(event: e.AnyEvent) -> bool:
    match event:
        case e.StepSucceeded(artifact=True) | e.StepReused(artifact=True):
            return True
        case e.StepReused(approval=approval):
            return approval is not None
    return False


def words(value: Any) -> Iterator[str]:
    """The texts in a value, however deep.

    Of what a step has left, or was given, all of them, numbers too, whatever their
    keys. Of a part of an event those that are not in NO_WORDS.
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, Struct):
        yield from own({k: getattr(value, k) for k in value.__struct_fields__})
    elif isinstance(value, dict):
        for each in value.values():
            yield from _inside(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _inside(each)


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    else:
        yield from words(value)


def own(value: Any) -> Iterator[str]:
    """The texts of what Weir itself has put together, by the names it gives them."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in NO_WORDS:
                yield from words(each)


def logged(database: Database, run: str) -> Iterator[Piece]:
    after = 0
    while page := logs.page(database, run, after=after, limit=PAGE, streams=STREAMS):
        after = page[-1].id
        yield from (Piece(p.path, p.stream, p.text) for p in page)


def documents(database: Database, run: str) -> Iterator[Piece]:
    for record in artifacts.of_run(database, run):
        try:
            data = blobs.get(database.folder, record.digest)
        except (MissingBlob, DamagedBlob):
            continue  # the doctor tells of it; the rest can be found all the same
        yield Piece(record.path, "artifact", data.decode(errors="replace"))
