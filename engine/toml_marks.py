"""Where in a TOML text its tables and keys stand."""

from __future__ import annotations

import tomllib
from collections import Counter

from engine.definition.marks import Mark, Marks, Path

LONGEST = 100  # lines of one statement: each of them has it read once more


def marks_of(text: str) -> Marks:
    """The places of what begins a table, or is given by a key of its own.

    What stands inside of a value has that key's place. tomllib tells no places, but
    each statement is a whole TOML text: its lines are read until they are one. What
    comes after one that never ends has none.
    """
    marks = Marks()
    table: Path = ()
    tables: Counter[Path] = Counter()
    statement: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        statement.append(line)
        if len(statement) > LONGEST:
            break
        try:
            said = tomllib.loads("\n".join(statement))
        except tomllib.TOMLDecodeError:
            continue
        first = statement[0]
        mark = Mark(number - len(statement) + 1, len(first) - len(first.lstrip()) + 1)
        path, value = path_in(said)
        if first.lstrip().startswith("["):
            table = path
            if isinstance(value, list):
                table = (*path, tables[path])
                tables[path] += 1
            path = ()
        for depth in range(1, len(table + path) + 1):
            marks.values.setdefault((table + path)[:depth], mark)
        statement = []
    return marks


def path_in(said: object) -> tuple[Path, object]:
    """The path to what a statement gives, and that."""
    path: Path = ()
    while isinstance(said, dict) and len(said) == 1:
        ((key, said),) = said.items()
        path = (*path, key)
    return path, said
