"""The attempts at one step, side by side: what each was asked, came to, and took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from engine.differing.said import as_words
from engine.handle import Engine
from engine.inside import MOST_PIECES, as_written, questions
from engine.machine import events as e
from engine.machine.events import AnyEvent, Entry
from engine.machine.state import StepStatus, Usage
from engine.past import history
from engine.spending import in_words, spent, used_in
from store import logs
from store.records import LogRecord

OUTPUT = ("out", "err", "info")  # streams that are neither question nor answer
TEXTS = ("prompt", "answer", "log", "output")  # of the sides, those that may be long


class Attempt(Struct):
    """One try at a step. `status` is that of the step when it was over."""

    number: int
    began: float
    status: str = StepStatus.RUNNING.value
    why: str = ""
    ended: float | None = None
    usage: Usage | None = None
    output: str | None = None
    prompt: str = ""
    answer: str = ""
    log: str = ""

    def sides(self) -> dict[str, str]:
        """All that can be put beside another, in words; what there is none of is empty.

        The short ones come first.
        """
        used = self.usage
        return {
            "status": self.status,
            "why": self.why,
            "took": "" if self.ended is None else f"{self.ended - self.began:.1f} s",
            "model": used.named if used else "",
            "cost": in_words(spent([used])) if used else "",
            "prompt": self.prompt,
            "answer": self.answer,
            "log": self.log,
            "output": self.output or "",
        }


def attempts(engine: Engine, run: str, path: str) -> list[Attempt]:
    """Every attempt at the visit of a step at `path`, the first one first."""
    found: dict[int, Attempt] = {}
    for entry in history(engine.database, run):
        if getattr(entry.event, "path", None) == path:
            take_in(found, entry)
    pieces = logs.page(engine.database, run, path=path, limit=MOST_PIECES)
    for asked in questions(pieces, ()):
        if asked.attempt in found:
            found[asked.attempt].prompt = asked.prompt
            found[asked.attempt].answer = asked.answer
    for number, attempt in found.items():
        attempt.log = "".join(written(pieces, number)).strip()
    return [*found.values()]


def take_in(found: dict[int, Attempt], entry: Entry) -> None:
    event = entry.event
    if isinstance(event, e.AttemptStarted):
        found[event.attempt] = Attempt(event.attempt, entry.at)
        return
    attempt = next(reversed(found.values()), None)
    if attempt is None or attempt.ended is not None or (over := end_of(event)) is None:
        return
    attempt.status, attempt.why = over
    attempt.ended, attempt.usage = entry.at, used_in(event)
    if isinstance(event, e.StepSucceeded):
        attempt.output = as_words(event.output)


def end_of(event: AnyEvent) -> tuple[str, str] | None:
    """How an event ends an attempt, and why; None where it does not."""
    match event:
        case e.StepSucceeded():
            return StepStatus.SUCCEEDED.value, ""
        case e.StepRetrying(failure=failure) | e.StepFailed(failure=failure):
            return StepStatus.FAILED.value, failure.message
        case e.StepInterrupted(reason=reason):
            return StepStatus.INTERRUPTED.value, reason
        case e.StepCancelled(reason=reason):
            return StepStatus.CANCELLED.value, reason
        case _:
            return None


def written(pieces: Iterable[LogRecord], attempt: int) -> Iterator[str]:
    for piece in pieces:
        if piece.attempt == attempt and piece.stream in OUTPUT:
            yield as_written(piece)
