"""One file being checked: where things stand in it, and what is wrong so far."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from engine.definition.marks import Mark, Marks, Path
from engine.definition.model import Problem
from engine.definition.spot import MAX_PROBLEMS, TooMany


class Known(Struct, frozen=True):
    """What the workspace has. None: not known here, so not checked."""

    roles: frozenset[str] | None = None
    databases: frozenset[str] | None = None
    env: frozenset[str] | None = None
    providers: frozenset[str] | None = None
    secrets: frozenset[str] | None = None
    targets: frozenset[str] | None = None
    broken: Mapping[str, str] = {}  # files with nothing to go by, by what they say


class Checking(Struct):
    path: str
    marks: Marks
    problems: list[Problem] = []
    broken: Mapping[str, str] = {}

    def tell(
        self, path: Path, message: str, hint: str = "", *, at_key: bool = False
    ) -> None:
        mark = self.marks.key(path) if at_key else self.marks.value(path)
        self.tell_at(mark, message, hint)

    def tell_at(self, mark: Mark, message: str, hint: str = "") -> None:
        problem = Problem(self.path, *mark, message, hint)
        if len(self.problems) >= MAX_PROBLEMS:
            raise TooMany
        if problem not in self.problems:
            self.problems.append(problem)
