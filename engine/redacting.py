"""Secrets on their way into the store: in their place stands which one it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from engine.machine.state import Failure
from engine.secret_forms import LEAST, forms_of
from engine.steps.work import Done, Outcome
from store.logs import PROMPT

Json = Any
Log = Callable[[str, str], None]

FEW = 8  # characters of the beginning of a form, which are seldom there by chance


def mark(name: str) -> str:
    """What stands in the place of a secret."""
    return f"‹secret {name}›"


class Redaction:
    """Knows secrets by name in every form in which programs write them."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._marks = {
            form: mark(name)
            for name, told in secrets.items()
            for value in (told, told.strip())  # a shell drops the end of the line
            for form in forms_of(value)
            if len(value) >= LEAST
        }
        longest = sorted(self._marks, key=len, reverse=True)
        self._pattern = (
            re.compile("|".join(map(re.escape, longest))) if longest else None
        )

    def text(self, text: str) -> str:
        if self._pattern is None or not any(form in text for form in self._marks):
            return text  # nearly always, and found out many times as fast
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
        message, details = self.cut(failure.message), self.cut(failure.details)
        return msgspec.structs.replace(failure, message=message, details=details)

    def cut(self, text: str) -> str:
        """A text that was made short, maybe in the middle of a secret."""
        sure = self.certain(text)
        rest = text[sure:]
        if len(rest) >= FEW and self.text(rest) == rest:
            rest = "…"
        return self.text(text[:sure] + rest)

    def log(self, log: Log) -> Redacted:
        return Redacted(self, log)

    def certain(self, text: str) -> int:
        """How much of a text no further words can make a secret of, or a longer one.

        What is found there is found whole: it is not cut in the middle.
        """
        sure = min((begun(text, form) for form in self._marks), default=len(text))
        if self._pattern is None or sure == len(text):
            return sure
        for found in self._pattern.finditer(text):
            if found.start() >= sure:
                break
            if found.end() > sure:
                return found.start()
        return sure

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
        if stream == PROMPT:  # each is a message, and whole
            self._log(stream, self._redaction.text(text))
            return
        text = self._waiting.pop(stream, "") + text
        sure = self._redaction.certain(text)
        if sure < len(text):
            self._waiting[stream] = text[sure:]
        if sure:
            self._log(stream, self._redaction.text(text[:sure]))

    def end(self) -> None:
        """Nothing more is coming: what has waited is as long as it will be."""
        for stream, text in self._waiting.items():
            self._log(stream, self._redaction.text(text))
        self._waiting.clear()


def begun(text: str, form: str) -> int:
    """Where, at the end of a text, a form begins that is not whole; else its length."""
    few = form[:FEW]
    at = text.find(few, max(0, len(text) - len(form) + 1))
    while at >= 0:
        if form.startswith(text[at:]):
            return at
        at = text.find(few, at + 1)
    for size in range(min(len(few) - 1, len(form) - 1, len(text)), 0, -1):
        if text.endswith(form[:size]):
            return len(text) - size
    return len(text)
