"""`weir check`: all that is wrong in weir.toml and definitions, and where."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from engine.counted import counted
from engine.definition.check import Known
from engine.definition.check import check as problems_of
from engine.definition.marks import Marks
from engine.definition.model import Definition, Problem
from engine.definition.parse import Parsed, parse
from engine.errors import InvalidConfig, InvalidWorkspace, NotFound
from engine.files import FileRefused, safe_file
from engine.importer import (
    ENDINGS,
    LIMIT,
    broken_among,
    definition_files,
    key_of,
    known_to,
)
from engine.trying.files import FOLDER, find_tests
from engine.trying.files import problems_of as problems_of_tests
from engine.trying.shapes import Read, read_tests
from engine.unspoken import unspoken
from engine.workspace import CONFIG, find_workspace, is_workspace, open_workspace
from tui.cli import out
from tui.cli.failing import REFUSED
from tui.cli.reach import Reach, pass_looking


class File(Struct, frozen=True):
    """A file, what it says, and the workspace it is in (or else its folder)."""

    root: Path
    path: Path
    parsed: Parsed
    tests: Read | None = None  # of a test, which is no definition

    @property
    def key(self) -> str:
        return key_of(self.parsed.definition) if self.parsed.definition else ""


class Around(Struct, frozen=True):
    """What a file is checked among, and what is wrong in the weir.toml there."""

    files: dict[str, File]
    library: dict[str, Definition]
    known: Known
    problems: list[Problem]


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--runs", is_flag=True, help="Say what becomes of the runs in flight.")
@out.json_option
@click.pass_context
@pass_looking
def check(
    reach: Reach,
    ctx: click.Context,
    paths: tuple[str, ...],
    runs: bool,
    as_json: bool,
) -> None:
    """Say what is wrong in definitions and weir.toml; exit 1 when anything is.

    PATH is a file or a folder, in a workspace or not; without one, the definitions of
    the workspace. Its weir.toml is looked at with any of them.
    """
    if runs:
        from tui.cli.adopt import check_runs  # the store: not for a look at files

        if paths:
            raise click.UsageError("--runs looks at the whole workspace; name no PATH")
        ctx.exit(check_runs(reach, as_json))
    found = chosen(reach, paths)
    files = [read(path) for path in found if path.name != CONFIG]
    roots = [path.parent for path in found if path.name == CONFIG]
    problems = list(all_problems(files, roots))
    if as_json:
        out.document({"files": len(files), "problems": problems})
    else:
        for problem in problems:
            out.line(out.one_line(str(problem)))
        out.line(summary(files, problems), err=bool(problems))
    ctx.exit(REFUSED if problems else 0)


def chosen(reach: Reach, paths: Iterable[str]) -> list[Path]:
    """The files meant, each once. Raises NotFound for a path that has none."""
    if not paths:
        root = reach.root()
        names = (*definition_files(root), *find_tests(root), CONFIG)
        return [root / name for name in names]
    base = Path(reach.directory or ".")
    found = [file for path in paths for file in files_at(base / path)]
    return list(dict.fromkeys(file.absolute() for file in found))


def files_at(path: Path) -> list[Path]:
    path = path.expanduser()
    if not path.is_dir():
        if not os.path.lexists(path):
            raise NotFound(f"there is no {path}; name a file or a folder")
        return [path]
    found = sorted(written_below(path))
    if not found:
        raise NotFound(f"there is no definition in {path}; they end in .yaml or .yml")
    return found


def written_below(folder: Path) -> Iterator[Path]:
    """The files that people wrote: not what is hidden, nor what was installed."""
    for where, folders, names in os.walk(folder):
        at = Path(where)
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and name != "node_modules"
            and not (at / name / "pyvenv.cfg").exists()
        ]
        yield from (at / name for name in names if name.endswith(ENDINGS))


def read(path: Path) -> File:
    try:
        root = find_workspace(path.parent)
    except InvalidWorkspace:
        root = path.parent
    shown = from_here(path)
    try:
        # The way below the root is opened without links, as the importer does.
        folder = root if path.is_relative_to(root) else path.parent
        data = safe_file(folder, path.relative_to(folder).as_posix(), LIMIT)
    except FileRefused as error:
        problem = Problem(shown, 0, 0, str(error))
        return File(root, path, Parsed(shown, None, [problem], Marks()))
    if not is_test(root, path):
        return File(root, path, parse(data, shown))
    tests = read_tests(data, shown)
    return File(root, path, Parsed(shown, None, tests.problems, tests.marks), tests)


def is_test(root: Path, path: Path) -> bool:
    return path.is_relative_to(root / FOLDER)


def from_here(path: Path) -> str:
    """A path as an editor started here would be given it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def all_problems(files: list[File], roots: list[Path]) -> Iterator[Problem]:
    """What is wrong in each weir.toml, and with each file among those around it."""
    around: dict[Path, Around] = {}
    for root in (*roots, *(file.root for file in files)):
        if root not in around:
            mine = [each for each in files if each.root == root]
            around[root] = surroundings(root, mine)
            yield from around[root].problems
    for file in files:
        yield from problems_among(file, around[file.root])
        first = around[file.root].files.get(file.key)
        if first is not None and first.path != file.path:
            shown = from_here(first.path)
            words = f"`{file.key}` is also in {shown}"
            yield Problem(file.parsed.path, 1, 1, words, "rename one")


def surroundings(root: Path, files: list[File]) -> Around:
    """The files given, the rest of their workspace, and what its weir.toml names."""
    given = {file.path for file in files}
    others = (root / path for path in definition_files(root))
    by_key: dict[str, File] = {}
    every = [*files, *(read(path) for path in others if path not in given)]
    for file in every:
        if file.key:
            by_key.setdefault(file.key, file)
    library = {
        key: file.parsed.definition
        for key, file in by_key.items()
        if file.parsed.definition is not None
    }
    known, problems = named_by(root)
    broken = broken_among(file.parsed for file in every if file.tests is None)
    return Around(by_key, library, replace(known, broken=broken), problems)


def named_by(root: Path) -> tuple[Known, list[Problem]]:
    """What a weir.toml names, and what is wrong in it; a broken one names nothing."""
    if not is_workspace(root):
        return Known(), []
    try:
        workspace = open_workspace(root)
        known, found = known_to(workspace), unspoken(workspace)
    except InvalidConfig as error:
        known, found = Known(), error.problems
    return known, [replace(each, path=from_here(root / CONFIG)) for each in found]


def problems_among(file: File, around: Around) -> Iterator[Problem]:
    found = list(file.parsed.problems)
    if file.tests is not None and not found:
        found += problems_of_tests(file.tests, around.library)
    if file.parsed.draft is not None:
        found += problems_of(file.parsed, around.library, around.known)
    for problem in sorted(found, key=lambda p: (p.line, p.column)):
        yield replace(problem, path=file.parsed.path)


def summary(files: list[File], problems: list[Problem]) -> str:
    if not files and not problems:
        return "no definitions in workflows/; `weir init` writes some"
    tests = sum(file.tests is not None for file in files)
    many = counted(len(files) - tests, "definition")
    if tests:
        many += f" and {counted(tests, 'test')}"
    if not problems:
        return f"{many}, no problems"
    broken = {problem.path for problem in problems}
    configs = {path for path in broken if Path(path).name == CONFIG}
    where = sorted(configs)
    if broken != configs:
        where.append(f"{len(broken - configs)} of {many}")
    return f"{counted(len(problems), 'problem')} in {' and '.join(where)}"
