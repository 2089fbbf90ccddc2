"""The definitions of a workspace as their files stand, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import cast

from engine.definition.check import Known, check
from engine.definition.model import Definition, Problem
from engine.definition.parse import Parsed, parse
from engine.files import FileRefused, safe_file
from engine.importer import LIMIT, definition_files, key_of, known_to
from engine.trust import Trust
from engine.workspace import Workspace

# What is written here may run, and nobody has looked.
NO_DEFINITIONS = "a run can't write definitions; a person must, from their own terminal"


class Around:
    """Every definition by its path: the text, and what it says."""

    def __init__(
        self, texts: Mapping[str, bytes], parsed: Mapping[str, Parsed], known: Known
    ) -> None:
        self.texts = texts
        self.parsed = parsed
        self.known = known

    def with_texts(self, texts: Mapping[str, bytes]) -> Around:
        """The same with other texts at some paths."""
        new = {path: parse(text, path) for path, text in texts.items()}
        return Around({**self.texts, **texts}, {**self.parsed, **new}, self.known)

    @cached_property
    def library(self) -> dict[str, Definition]:
        found: dict[str, Definition] = {}
        for parsed in self.parsed.values():
            if parsed.definition is not None:
                found.setdefault(key_of(parsed.definition), parsed.definition)
        return found

    @cached_property
    def paths(self) -> dict[str, str]:
        """The path of each definition by its key, also of one with problems."""
        found: dict[str, str] = {}
        for path, parsed in self.parsed.items():
            if parsed.draft is not None:
                found.setdefault(key_of(parsed.draft), path)
        return found

    def draft(self, key: str) -> Definition:
        """What the file of a key says, as far as it can be read."""
        return cast(Definition, self.parsed[self.paths[key]].draft)

    def problems(self) -> Iterator[Problem]:
        for parsed in self.parsed.values():
            yield from parsed.problems
            if parsed.draft is not None:
                yield from check(parsed, self.library, self.known)

    def new_problems(self, texts: Mapping[str, bytes]) -> list[Problem]:
        """What would be wrong with other texts at some paths, and is not now."""
        # By their words: a line above moves those below, and mends nothing.
        there = Counter((each.path, each.message) for each in self.problems())
        found = []
        for each in self.with_texts(texts).problems():
            there[each.path, each.message] -= 1
            if there[each.path, each.message] < 0:
                found.append(each)
        return found


def around(workspace: Workspace) -> Around:
    texts: dict[str, bytes] = {}
    for path in definition_files(workspace.root):
        try:
            texts[path] = safe_file(workspace.root, path, LIMIT)
        except FileRefused:
            continue  # a link or the like: the importer tells of it
    parsed = {path: parse(text, path) for path, text in texts.items()}
    return Around(texts, parsed, known_to(workspace))


def may_run(workspace: Workspace, texts: Mapping[str, bytes]) -> bool:
    """Whether these texts may run here, and so what is written after them."""
    return not Trust.open().untrusted(workspace.root, texts)
