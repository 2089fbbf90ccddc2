"""From where to where each value of a file stands in its text, by path."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

from engine.definition.marks import Path
from engine.definition.yaml import FAST, LINE_BREAK


class Extent(Struct, frozen=True):
    """Offsets of a value in its text; of lines that are its own, the last one's end.

    `column` is where it begins in its line, from 0. `flow`: in braces or brackets.
    """

    begin: int
    end: int
    column: int
    flow: bool


Extents = dict[Path, Extent]


def extents(text: str) -> Extents:
    """Of every value. Raises yaml.YAMLError for what is no YAML."""
    node = yaml.compose(text, Loader=FAST)
    return {} if node is None else dict(inside(text, node, ()))


def inside(text: str, node: Any, path: Path) -> Iterator[tuple[Path, Extent]]:
    """The extents of a node and of those in it; its own comes last."""
    begin, end = node.start_mark.index, node.end_mark.index
    flow = bool(getattr(node, "flow_style", False))
    if isinstance(node, yaml.ScalarNode):
        end = last_of_block(text, begin, end) if node.style in ("|", ">") else end
    for key, child in children(node):
        found = [*inside(text, child, (*path, key))]
        yield from found
        # A block collection ends for the parser where the next thing begins.
        end = end if flow else found[-1][1].end
    yield path, Extent(begin, end, node.start_mark.column, flow)


def children(node: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(node, yaml.SequenceNode):
        yield from enumerate(node.value)
    elif isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), value) for key, value in node.value)


def last_of_block(text: str, begin: int, end: int) -> int:
    """The end of a block text: blank lines after it are its own only with `|+`."""
    header = LINE_BREAK.split(text[begin:end], maxsplit=1)[0]
    if "+" in header.partition("#")[0]:
        return end
    return begin + len(text[begin:end].rstrip())


class Lines:
    """Where the lines of a text begin and end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(found.end() for found in LINE_BREAK.finditer(text))]
        if self.starts[-1] == len(text) and text:
            self.starts.pop()  # after the last line's end no other one begins

    def at(self, offset: int) -> int:
        """Which line, from 0, an offset is in."""
        return bisect_right(self.starts, offset) - 1

    def line(self, number: int) -> str:
        """A line with its end."""
        return self.text[self.starts[number] : self.start(number + 1)]

    def start(self, number: int) -> int:
        """Where a line begins; the end of the text for the one after the last."""
        return self.starts[number] if number < len(self.starts) else len(self.text)

    def after(self, offset: int) -> int:
        """Which line begins after a value that ends at `offset`, also with a line."""
        return self.at(offset - 1) + 1

    @property
    def count(self) -> int:
        return len(self.starts)

    def ending(self, number: int) -> str:
        """How a line ends; as the first does where it doesn't, or is not there."""
        whole = self.line(number) if 0 <= number < self.count else ""
        found = LINE_BREAK.search(whole) or LINE_BREAK.search(self.text)
        return found[0] if found else "\n"
