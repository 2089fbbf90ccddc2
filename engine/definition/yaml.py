"""Reading YAML by its events: plain values with their places, and nothing clever.

YAML 1.2 words only; no anchors, aliases, tags, second documents, duplicate or other
than text keys; size, depth and count are limited (findings: a 400-byte file of
aliases holds any loader for ever).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

from engine.definition.base import Json
from engine.definition.marks import Mark, Marks, Path
from engine.definition.model import Problem
from engine.definition.scalars import plain
from engine.definition.spot import MAX_PROBLEMS
from engine.definition.syntax import syntax_problem
from engine.definition.words import shown

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 50_000

# The C parser is ten times as fast; the other one says the same, everywhere.
FAST: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LINE_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")  # as both parsers count
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


class Document(Struct):
    """What a file holds. `complete` is False when it could not be read to its end."""

    value: Json
    marks: Marks
    problems: list[Problem]
    complete: bool


class Stopped(Exception):
    """The file can't be read further; the problem is told."""


def read(source: str | bytes, path: str, loader: type = FAST) -> Document:
    """The one document of a file. Whatever is wrong is a problem, never an error."""
    reader = Reader(path)
    try:
        text = reader.decode(source)
        value = reader.document(text, loader)
    except Stopped:
        return Document(None, reader.marks, reader.problems, complete=False)
    return Document(value, reader.marks, reader.problems, complete=True)


class Reader:
    """Builds values out of events, keeping their places and what is wrong."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.marks = Marks()
        self.problems: list[Problem] = []
        self.nodes = 0
        self.lines: list[str] = []

    def tell(self, mark: Mark, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.path, *mark, message, hint))

    def stop(self, mark: Mark, message: str, hint: str = "") -> Stopped:
        self.tell(mark, message, hint)
        return Stopped()

    def place(self, event: Any) -> Mark:
        """Where an event begins; what is missing at the end is at the last line."""
        line, column = event.start_mark.line, event.start_mark.column
        if line >= len(self.lines):
            return Mark(len(self.lines), len(self.lines[-1]) + 1)
        return Mark(line + 1, column + 1)

    # From bytes to text.

    def decode(self, source: str | bytes) -> str:
        size = len(source)
        if size > MAX_BYTES:
            raise self.stop(
                Mark(0, 0),
                f"the file has {size / 1e6:.1f} MB; a definition has at most 1 MB",
                "put data into files of its own and read it through `context`",
            )
        text = source if isinstance(source, str) else self.from_bytes(source)
        text = text.removeprefix("\ufeff")
        if found := CONTROL.search(text):
            raise self.stop(
                place_in(text, found.start()),
                f"the control character U+{ord(found[0]):04X} can't stand in a file",
                "remove it",
            )
        return text

    def from_bytes(self, source: bytes) -> str:
        if source[:2] in (b"\xff\xfe", b"\xfe\xff"):
            hint = "save it as UTF-8"
            raise self.stop(Mark(0, 0), "the file is UTF-16", hint)
        if b"\x00" in source[:8192]:
            hint = "write it as a text in UTF-8"
            raise self.stop(Mark(0, 0), "the file is not a text", hint)
        try:
            return source.decode("utf-8")
        except UnicodeDecodeError as error:
            before = source[: error.start].decode("utf-8")
            raise self.stop(
                place_in(before, len(before)),
                f"the byte 0x{source[error.start]:02X} is not UTF-8",
                "save the file as UTF-8",
            ) from None

    # From events to values.

    def document(self, text: str, loader: type) -> Json:
        self.lines = LINE_BREAK.split(text)
        try:
            return self.compose(yaml.parse(text, Loader=loader))
        except yaml.MarkedYAMLError as error:
            self.told_once(syntax_problem(self.path, self.lines, error))
        except (yaml.YAMLError, RecursionError) as error:
            self.tell(Mark(0, 0), f"this is not YAML ({shown(str(error), 80)})")
        raise Stopped

    def told_once(self, problem: Problem) -> None:
        told = {(p.line, p.message) for p in self.problems}
        if (problem.line, problem.message) not in told:
            self.problems.append(problem)

    def compose(self, events: Iterator[yaml.Event]) -> Json:
        next(events)  # the stream begins
        if isinstance(next(events), yaml.StreamEndEvent):
            hint = "begin with `workflow: name`"
            raise self.stop(Mark(1, 1), "the file is empty", hint)
        value = self.node(next(events), events, ())
        next(events)  # the document ends
        after = next(events)
        if not isinstance(after, yaml.StreamEndEvent):
            hint = "give each document a file of its own"
            raise self.stop(self.place(after), "a second document begins here", hint)
        return value

    def node(self, event: Any, events: Iterator[yaml.Event], path: Path) -> Json:
        self.count(event, len(path))
        mark = self.place(event)
        self.marks.values[path] = mark
        if isinstance(event, yaml.AliasEvent):
            self.broken(path, mark, f"`*{event.anchor}` is an alias", "write it out")
            return None
        if event.anchor is not None:
            self.tell(mark, f"`&{event.anchor}` is an anchor", "remove it")
        if event.tag is not None:
            self.tell(mark, f"`{shown(event.tag)}` is a tag", "remove it")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, path)
        return self.mapping(event, events, path)

    def count(self, event: yaml.Event, depth: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            limit = f"a file has at most {MAX_NODES:,} values"
            raise self.stop(self.place(event), limit, "split it")
        if depth > MAX_DEPTH:
            limit = f"values are nested deeper than {MAX_DEPTH} levels"
            raise self.stop(self.place(event), limit, "flatten it")
        if len(self.problems) >= MAX_PROBLEMS:
            raise Stopped

    def broken(self, path: Path, mark: Mark, message: str, hint: str) -> None:
        self.tell(mark, message, hint)
        self.marks.broken.add(path)

    def sequence(self, events: Iterator[yaml.Event], path: Path) -> Json:
        items: list[Json] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self.node(event, events, (*path, len(items))))
        return items

    def mapping(
        self, start: yaml.Event, events: Iterator[yaml.Event], path: Path
    ) -> Json:
        found: dict[str, Json] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(start, event, events, path)
            if key is None or key in found:
                if key is not None:
                    first = self.marks.keys[*path, key].line
                    twice = f"the key `{shown(key)}` stands here twice"
                    self.tell(self.place(event), twice, f"the first is in line {first}")
                self.skip(next(events), events)
                continue
            self.marks.keys[*path, key] = self.place(event)
            found[key] = self.node(next(events), events, (*path, key))
        return found

    def key(
        self,
        start: yaml.Event,
        event: yaml.Event,
        events: Iterator[yaml.Event],
        path: Path,
    ) -> str | None:
        """The text of a key, or None when it is told that it can't be one."""
        self.count(event, len(path))
        mark = self.place(event)
        if not isinstance(event, yaml.ScalarEvent):
            self.skip(event, events)
            if mark == self.place(start)._replace(column=self.place(start).column + 1):
                hint = 'write "{{ … }}"'
                template = "a value that begins with {{ must stand in quotes"
                self.broken(path, self.place(start), template, hint)
            else:
                self.tell(mark, "a key must be a text", "write `key: value`")
            return None
        if event.anchor is not None or event.tag is not None:
            self.tell(mark, "a key can't have an anchor or a tag", "remove it")
        text: str = event.value
        if event.implicit[0] and not isinstance(plain(text), str):
            quoted = f'write "{shown(text)}":'
            self.tell(mark, f"the key `{shown(text)}` must be a text", quoted)
        return text

    def skip(self, event: yaml.Event, events: Iterator[yaml.Event]) -> None:
        """Pass over a node that has no place to go."""
        depth = 0
        while True:
            self.count(event, depth)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth == 0:
                return
            event = next(events)

    def scalar(self, event: yaml.ScalarEvent, path: Path) -> Json:
        text: str = event.value
        mark = self.place(event)
        self.begin_text(event, path)
        if found := CONTROL.search(text):
            control = f"the text holds the control character U+{ord(found[0]):04X}"
            self.broken(path, mark, control, "remove it")
            return None
        if not event.implicit[0]:
            return text
        value = plain(text)
        if isinstance(value, float) and not math.isfinite(value):
            quotes = "write it in quotes if it is no number"
            self.broken(path, mark, "the number is too large", quotes)
            return None
        if not isinstance(value, str):
            self.marks.raw[path] = text
        return value

    def begin_text(self, event: yaml.ScalarEvent, path: Path) -> None:
        """Note where a text begins, if its lines stand in the file as they are."""
        mark = self.place(event)
        if event.style == "|":
            self.marks.texts[path] = self.first_line(mark)
        elif event.style != ">":
            start = mark.column - 1 + (event.style in ("'", '"'))
            if self.lines[mark.line - 1].startswith(event.value, start):
                self.marks.texts[path] = Mark(mark.line, start + 1)

    def first_line(self, mark: Mark) -> Mark:
        """Where the text of a block that begins at `mark` (its `|`) begins."""
        for line in self.lines[mark.line :]:
            if line.strip():
                return Mark(mark.line + 1, len(line) - len(line.lstrip(" ")) + 1)
        return mark


def place_in(text: str, offset: int) -> Mark:
    line = text.count("\n", 0, offset) + 1
    return Mark(line, offset - (text.rfind("\n", 0, offset) + 1) + 1)
