"""What the attempts at the steps of a run have cost, out of its history."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from engine.machine import events as e


class Cost(Struct, frozen=True):
    """What the attempts at a step have cost."""

    tokens: int = 0
    seconds: float = 0.0


def costs(history: Iterable[e.Entry]) -> dict[str, Cost]:
    """What each step of a run has cost: tokens as models told, and time at work."""
    began: dict[str, float] = {}
    found: dict[str, Cost] = {}
    for entry in history:
        event = entry.event
        match event:
            case e.AttemptStarted(path):
                began[path] = entry.at
            case e.StepSucceeded() | e.StepRetrying() | e.StepFailed():
                tokens, since = 0, began.pop(event.path, entry.at)
                if event.usage:
                    tokens = event.usage.input_tokens + event.usage.output_tokens
                before = found.get(event.path, Cost())
                spent = before.seconds + entry.at - since
                found[event.path] = Cost(before.tokens + tokens, spent)
    return found
