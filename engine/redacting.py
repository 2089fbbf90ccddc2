"""Secrets on their way into the store: in their place stands which one it was."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from engine.machine.state import Failure
from engine.steps.work import Done, Outcome

Json = Any
Log = Callable[[str, str], None]

LEAST = 6  # characters: a shorter one stands in too many words to be looked for


class Redaction:
    """Knows secrets by name in every form in which programs write them."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._marks = {
            form: f"‹secret {name}›"
            for name, value in secrets.items()
            if len(value) >= LEAST
            for form in forms_of(value)
        }
        longest = sorted(self._marks, key=len, reverse=True)
        self._pattern = (
            re.compile("|".join(map(re.escape, longest))) if longest else None
        )
        self._most = len(longest[0]) if longest else 0

    def text(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._marks[found[0]], text)

    def data(self, value: Json) -> Json:
        """Plain data, however deep a secret stands in it, in names as well."""
        if self._pattern is None:
            return value
        match value:
            case str():
                return self.text(value)
            case list() | tuple():
                return [self.data(each) for each in value]
            case dict():
                return {self.text(key): self.data(each) for key, each in value.items()}
            case _:
                return value

    def outcome(self, outcome: Outcome) -> Outcome:
        """What a step leaves. A document is made of what is clean already."""
        if self._pattern is None or not isinstance(outcome, Done) or outcome.artifact:
            return outcome
        return msgspec.structs.replace(outcome, output=self.data(outcome.output))

    def failure(self, failure: Failure) -> Failure:
        message, details = self.text(failure.message), self.text(failure.details)
        return msgspec.structs.replace(failure, message=message, details=details)

    def log(self, log: Log) -> Redacted:
        return Redacted(self, log)

    def held_back(self, text: str) -> int:
        """How many characters at the end may be the beginning of a secret."""
        for size in range(min(self._most - 1, len(text)), 0, -1):
            end = text[-size:]
            if any(form.startswith(end) for form in self._marks):
                return size
        return 0

    @property
    def is_empty(self) -> bool:
        return self._pattern is None


class Redacted:
    """A log to which a secret may come in pieces: what may be one waits for more."""

    def __init__(self, redaction: Redaction, log: Log) -> None:
        self._redaction = redaction
        self._log = log
        self._waiting: dict[str, str] = {}

    def __call__(self, stream: str, text: str) -> None:
        if self._redaction.is_empty:
            self._log(stream, text)
            return
        clean = self._redaction.text(self._waiting.pop(stream, "") + text)
        if held := self._redaction.held_back(clean):
            self._waiting[stream] = clean[-held:]
            clean = clean[:-held]
        if clean:
            self._log(stream, clean)

    def end(self) -> None:
        """Nothing more is coming: what has waited was none."""
        for stream, text in self._waiting.items():
            self._log(stream, text)
        self._waiting.clear()


def forms_of(value: str) -> Iterator[str]:
    """A secret as it is, as JSON and an address write it, and in base64."""
    data = value.encode(errors="surrogateescape")
    yield value
    for ascii_only in (True, False):
        yield json.dumps(value, ensure_ascii=ascii_only)[1:-1]
    yield quote(value, safe="", errors="surrogateescape")
    yield base64.b64encode(data).decode()
    yield base64.urlsafe_b64encode(data).decode()
