"""The words of a run: what it was given, did, asked, was told and left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from engine.machine.codec import decode
from store import artifacts, blobs, events, logs
from store.blobs import DamagedBlob, MissingBlob
from store.database import Database
from store.records import RunRecord

# What a model was asked and answered; other streams are plentiful and say little.
STREAMS = ("llm", "prompt")
# Names and digests: they are found by other means, or by nobody.
NO_WORDS = frozenset(
    {"by", "pins", "version", "digest", "sha256", "runner", "approval", "usage"}
    | {"approved", "run", "path", "type", "kind", "uid", "status", "item", "parent"}
)
PAGE = 2000


class Piece(Struct, frozen=True):
    """A text of a run: at which step ("" for the run itself), and where it stood."""

    path: str
    where: str  # inputs, output, comment, failure, prompt, artifact
    text: str


def pieces(database: Database, run: RunRecord) -> Iterator[Piece]:
    """Every text of a run, in the order in which they came to be."""
    yield Piece("", "run", f"{run.id} {run.workflow} {run.title} {run.project}")
    for record in events.history(database, run.id):
        event = decode(record.data)
        path = getattr(event, "path", "")
        for name, value in msgspec.to_builtins(event).items():
            if name not in NO_WORDS:
                text = "\n".join(words(value))
                if text:
                    yield Piece(path, name, text)
    yield from logged(database, run.id)
    yield from documents(database, run.id)


def words(value: Any) -> Iterator[str]:
    """The texts in a value, however deep, each with the key it stands under."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in NO_WORDS:
                yield from words(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from words(each)


def logged(database: Database, run: str) -> Iterator[Piece]:
    after = 0
    while page := logs.page(database, run, after=after, limit=PAGE):
        after = page[-1].id
        yield from (
            Piece(p.path, p.stream, p.text) for p in page if p.stream in STREAMS
        )


def documents(database: Database, run: str) -> Iterator[Piece]:
    for record in artifacts.of_run(database, run):
        try:
            data = blobs.get(database.folder, record.digest)
        except (MissingBlob, DamagedBlob):
            continue  # the doctor tells of it; the rest can be found all the same
        yield Piece(record.path, "artifact", data.decode(errors="replace"))
