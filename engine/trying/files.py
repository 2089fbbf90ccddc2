"""The tests of a workspace: which there are, and among which definitions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path, PurePath

from engine.definition.check import check
from engine.definition.kinds import SubRun
from engine.definition.link import link
from engine.definition.marks import Marks
from engine.definition.model import Definition, Problem, Workflow, all_steps
from engine.definition.parse import parse
from engine.definition.unfold import asker
from engine.definition.words import among, did_you_mean
from engine.errors import InvalidDefinition
from engine.files import FileRefused, safe_file
from engine.importer import ENDINGS, LIMIT, definition_files, key_of, known_to
from engine.trying.model import Library
from engine.trying.shapes import Read, read_tests
from engine.workspace import Workspace

FOLDER = "workflows/tests"


def find_tests(root: Path) -> list[str]:
    """The test files of a workspace, relative to it."""
    folder = root / FOLDER
    found = (p for p in folder.rglob("*") if p.suffix in ENDINGS and p.is_file())
    return sorted(p.relative_to(root).as_posix() for p in found)


def read_file(root: Path, path: str) -> Read:
    """A test file, read as a definition is: no links, no more than a megabyte."""
    try:
        return read_tests(safe_file(root, path, LIMIT), path)
    except FileRefused as error:
        return Read(path, None, [Problem(path, 0, 0, str(error))], Marks())


def library_of(workspace: Workspace) -> Library:
    """The definitions of a workspace that have no problems, as their files stand."""
    root = workspace.root
    parsed = [parse(safe_file(root, p, LIMIT), p) for p in definition_files(root)]
    whole = {key_of(p.definition): p for p in parsed if p.definition is not None}
    definitions: dict[str, Definition] = {
        key: p.definition for key, p in whole.items() if p.definition is not None
    }
    known = known_to(workspace)
    return {
        key: definitions[key]
        for key, p in whole.items()
        if not check(p, definitions, known)
    }


def problems_of(
    read: Read, library: Library, files: Collection[str] = ()
) -> list[Problem]:
    """What is wrong with a test file among the definitions that it is for.

    `files` are those of all definitions, also of what is not in the library.
    """
    if read.tests is None:
        return read.problems
    workflow = library.get(f"workflow/{read.tests.workflow}")
    if not isinstance(workflow, Workflow):
        words, hint = _why_not_there(read.tests.workflow, library, files)
        return [Problem(read.path, *read.marks.value(("test",)), words, hint)]
    return [*_unknown_steps(read, workflow, library)]


def _why_not_there(
    name: str, library: Library, files: Collection[str]
) -> tuple[str, str]:
    """In words, and what to do about it."""
    broken = next((file for file in files if PurePath(file).stem == name), None)
    if broken is not None:
        return f"workflow `{name}` has problems", f"`weir check {broken}` tells them"
    names = [key.partition("/")[2] for key in library if key.startswith("workflow/")]
    hint = did_you_mean(name, names, f"there is {among(names)}")
    return f"there is no workflow `{name}` without problems", hint


def _unknown_steps(
    read: Read, workflow: Workflow, library: Library
) -> Iterator[Problem]:
    """Answers and decisions for steps that nobody will ever come to."""
    assert read.tests is not None
    known = ids_in(workflow, library)
    for case in read.tests.cases:
        for key, named in (("answers", case.answers), ("decisions", case.decisions)):
            for name in named:
                step = name.rpartition("/")[2].partition("#")[0].removesuffix("~undo")
                if step in known:
                    continue
                mark = read.marks.key((*case.path, key, name))
                hint = did_you_mean(step, known, f"there is {among(known)}")
                yield Problem(read.path, *mark, f"there is no step `{step}`", hint)


def ids_in(workflow: Workflow, library: Library, depth: int = 0) -> set[str]:
    """The ids of all steps of a workflow, its variants, and the runs inside of it."""
    with suppress(InvalidDefinition):  # what it lacks is told where it is played
        workflow = link(workflow, library)
    found = {step.id for step in all_steps(workflow)}
    found |= {asker(step) for step in found}
    inner_runs = (s.do for s in all_steps(workflow) if isinstance(s.do, SubRun))
    others = [run.workflow for run in inner_runs]
    others += [*workflow.variants.use] if workflow.variants else []
    for name in others:
        inner = library.get(f"workflow/{name}")
        if isinstance(inner, Workflow) and depth < 10:
            found |= ids_in(inner, library, depth + 1)
    return found
