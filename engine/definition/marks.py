"""Where in a file each of its values stands."""

from __future__ import annotations

from typing import NamedTuple

Path = tuple[str | int, ...]  # ("steps", 3, "route", 0, "to")


class Mark(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


START = Mark(1, 1)


class Marks:
    """The places of a file's keys and values, by path.

    A path the file does not have (a shorthand, a default) is answered with the place
    of the nearest one around it.
    """

    def __init__(self) -> None:
        self.values: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        # Plain scalars that are no texts, as written: the 1.10 behind 1.1.
        self.raw: dict[Path, str] = {}
        # Where a text begins whose lines stand in the file as they are: block texts
        # (`|`), and those on one line.
        self.texts: dict[Path, Mark] = {}
        # Values a problem has been told about already.
        self.broken: set[Path] = set()

    def value(self, path: Path) -> Mark:
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, START)

    def key(self, path: Path) -> Mark:
        return self.keys[path] if path in self.keys else self.value(path)

    def within(self, path: Path, line: int, column: int = 1) -> Mark:
        """The place of a line and column (from 1) of the text at `path`.

        A text whose lines were folded has only its beginning.
        """
        while path and path not in self.values:
            path = path[:-1]
        start = self.texts.get(path)
        if start is None:
            return self.value(path)
        return Mark(start.line + line - 1, start.column + column - 1)

    def is_broken(self, path: Path) -> bool:
        return any(path[:n] in self.broken for n in range(len(path) + 1))
