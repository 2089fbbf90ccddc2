"""What comes of the cases of a test file."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from msgspec import Struct

from engine.definition.marks import Path
from engine.definition.model import Problem
from engine.errors import WeirError
from engine.trying.comparing import differences
from engine.trying.model import Case, Library, Tests
from engine.trying.playing import play
from engine.trying.shapes import Read
from engine.workspace import Workspace


class Result(Struct, frozen=True):
    """What came of a case: nothing is `wrong`, or it has failed. Seconds it took."""

    path: str
    workflow: str
    case: str
    line: int
    seconds: float
    wrong: tuple[Problem, ...] = ()


def results(
    workspace: Workspace, read: Read, library: Library, only: str = ""
) -> Iterator[Result]:
    """Play the cases of a file, in its order; those whose name has `only` in it."""
    assert read.tests is not None
    for case in read.tests.cases:
        if only.lower() in case.name.lower():
            yield result(workspace, read, library, read.tests, case)


def result(
    workspace: Workspace, read: Read, library: Library, tests: Tests, case: Case
) -> Result:
    began = time.perf_counter()
    wrong: Iterable[tuple[Path, str]]
    try:
        played = play(workspace, library, tests.workflow, case)
        wrong = [(d.path, d.words) for d in differences(case, played)]
    except WeirError as error:
        wrong = [((*case.path, "case"), str(error))]
    return Result(
        read.path,
        tests.workflow,
        case.name,
        read.marks.value((*case.path, "case")).line,
        time.perf_counter() - began,
        tuple(Problem(read.path, *read.marks.value(at), words) for at, words in wrong),
    )
