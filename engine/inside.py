"""All of one run for someone who looks into it: its history, and what it was asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from engine.handle import Engine
from engine.machine.events import AttemptStarted, Entry
from engine.machine.state import RunState, Usage
from engine.past import history
from engine.spending import used_in
from store import artifacts, blobs, logs
from store.errors import StoreError
from store.logs import PROMPT
from store.records import LogRecord

MOST_PIECES = 20_000  # of what was asked and answered, from its beginning
ASKED = (PROMPT, "llm")


class Question(Struct, frozen=True):
    """One attempt that asked a model. `usage` is None while nothing is known of it."""

    path: str
    attempt: int
    prompt: str
    answer: str
    usage: Usage | None = None


class Paper(Struct, frozen=True):
    """A document that a step has left; `text` says why where it can't be read."""

    path: str
    title: str
    sha: str
    text: str


class Inside(Struct, frozen=True):
    """`whole` is False where the log has more than was read."""

    state: RunState
    entries: tuple[Entry, ...]
    questions: tuple[Question, ...]
    papers: tuple[Paper, ...]
    whole: bool = True


def inside(engine: Engine, run: str) -> Inside:
    """The run as it is now. Raises NotFound."""
    state = engine.load(run)
    entries = history(engine.database, run)
    pieces = logs.page(engine.database, run, limit=MOST_PIECES, streams=ASKED)
    return Inside(
        state,
        tuple(entries),
        tuple(questions(pieces, entries)),
        tuple(papers(engine, run)),
        len(pieces) < MOST_PIECES,
    )


def questions(
    pieces: Iterable[LogRecord], entries: Iterable[Entry]
) -> Iterator[Question]:
    """What models were asked and answered, attempt by attempt, with what it took."""
    used = usage_of(entries)
    said: dict[tuple[str, int], dict[str, list[str]]] = {}
    for piece in pieces:
        if piece.stream in ASKED:
            streams = said.setdefault((piece.path, piece.attempt), {})
            streams.setdefault(piece.stream, []).append(as_written(piece))
    for (path, attempt), streams in said.items():
        prompt, answer = ("".join(streams.get(each, ())).strip() for each in ASKED)
        yield Question(path, attempt, prompt, answer, used.get((path, attempt)))


def as_written(piece: LogRecord) -> str:
    """A piece with the end of its line, unless the next one goes on with that."""
    return piece.text if piece.open else piece.text.removesuffix("\n") + "\n"


def usage_of(entries: Iterable[Entry]) -> dict[tuple[str, int], Usage]:
    found: dict[tuple[str, int], Usage] = {}
    newest: dict[str, int] = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, AttemptStarted):
            newest[event.path] = event.attempt
        elif (usage := used_in(event)) is not None:
            path = str(getattr(event, "path", ""))
            found[path, newest.get(path, 1)] = usage
    return found


def papers(engine: Engine, run: str) -> Iterator[Paper]:
    for each in artifacts.of_run(engine.database, run):
        try:
            data = blobs.get(engine.workspace.folder, each.digest)
            text = data.decode(errors="replace")
        except StoreError as error:
            text = str(error)
        yield Paper(each.path, each.title, each.digest, text)
