"""`weir test`: play the cases of workflows; nothing outside is touched."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import click

from engine.counted import counted
from engine.definition.model import Problem
from engine.definition.words import among
from engine.errors import NotFound
from engine.importer import definition_files
from engine.trying.files import (
    FOLDER,
    find_tests,
    library_of,
    problems_of,
    read_file,
)
from engine.trying.model import Library
from engine.trying.results import Result, results
from engine.trying.shapes import Read
from engine.workspace import Workspace, find_workspace, open_workspace
from tui.cli import out
from tui.cli.failing import REFUSED, USAGE
from tui.cli.reach import Reach, pass_looking
from tui.text import mark_of

Chosen = dict[Path, list[str]]  # the files, by their workspace


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH|WORKFLOW]...")
@click.option("-k", "only", default="", metavar="WORDS", help="Cases named like this.")
@click.option("--junit", metavar="FILE", help="Write what came of it as JUnit XML.")
@out.json_option
@click.pass_context
@pass_looking
def test(
    reach: Reach,
    ctx: click.Context,
    paths: tuple[str, ...],
    only: str,
    junit: str | None,
    as_json: bool,
) -> None:
    """Try workflows with the answers that their tests give; start nothing.

    PATH is a test file or a folder of them, WORKFLOW the name of what they are for;
    without one, all tests of the workspace. No program, server or model is asked, and
    times pass at once. Exits 1 when a case failed, 2 when a file can't be read.
    """
    found: list[Result] = []
    problems: list[Problem] = []
    for root, files in chosen(reach, paths).items():
        workspace = open_workspace(root)
        library, definitions = library_of(workspace), definition_files(root)
        reads = meant([read_file(root, path) for path in files], paths)
        for read in reads:
            problems += problems_of(read, library, definitions)
        if not problems:
            for read in reads:
                found += tried(workspace, read, library, only, quiet=as_json)
    if junit is not None:
        Path(junit).write_bytes(as_junit(found))
    if as_json:
        out.document({"cases": found, "problems": problems})
    else:
        tell(found, problems)
    if problems:
        ctx.exit(USAGE)
    ctx.exit(REFUSED if any(each.wrong for each in found) else 0)


def chosen(reach: Reach, paths: Sequence[str]) -> Chosen:
    """The files meant, by workspace. Raises NotFound where there are none."""
    root = reach.root() if not paths or not all(map(is_path, paths)) else None
    here = Path(reach.directory or ".")
    found: dict[Path, list[str]] = {}
    for path in paths:
        if is_path(str(here / path)):
            place = (here / path).absolute()
            inside = find_workspace(place.parent if place.is_file() else place)
            found.setdefault(inside, []).extend(files_at(inside, place))
    if not found and root is not None:
        found = {root: find_tests(root)}
    if not any(found.values()):
        raise NotFound(f"there is no test in {FOLDER}; a test file begins `test: NAME`")
    return {where: [*dict.fromkeys(files)] for where, files in found.items()}


def is_path(word: str) -> bool:
    return os.path.lexists(word)


def files_at(root: Path, place: Path) -> list[str]:
    if place.is_file():
        return [place.relative_to(root).as_posix()]
    return [f for f in find_tests(root) if (root / f).is_relative_to(place)]


def meant(reads: list[Read], words: Sequence[str]) -> list[Read]:
    """Those for the workflows that are named; all, where none is.

    Raises NotFound for a word that is neither a path nor what a test is for.
    """
    names = [word for word in words if not is_path(word)]
    known = {read.tests.workflow for read in reads if read.tests}
    for name in names:
        if name not in known:
            there = f"there is {among(known)}" if known else "there is none"
            raise NotFound(f"no test is for `{name}`; {there}")
    if not names:
        return reads
    return [read for read in reads if read.tests and read.tests.workflow in names]


def tried(
    workspace: Workspace, read: Read, library: Library, only: str, *, quiet: bool
) -> Iterator[Result]:
    for each in results(workspace, read, library, only):
        if not quiet:
            say(each)
        yield each


def say(result: Result) -> None:
    mark = mark_of("failed" if result.wrong else "succeeded")
    glyph = out.paint(mark.glyph, mark.colour)
    out.line(f"{glyph} {out.one_line(result.workflow)}: {out.one_line(result.case)}")
    for problem in result.wrong:
        out.line(f"  {out.one_line(str(problem))}")


def tell(found: list[Result], problems: list[Problem]) -> None:
    for problem in problems:
        out.line(out.one_line(str(problem)))
    if problems:
        count = counted(len(problems), "problem")
        out.line(f"{count} in the tests; nothing was tried", err=True)
        return
    failed = sum(bool(each.wrong) for each in found)
    spent = sum(each.seconds for each in found)
    said = f"{counted(len(found), 'case')} in {spent * 1000:.0f} ms"
    out.line(f"{said}, {failed} failed" if failed else f"{said}, all as expected")


def as_junit(found: list[Result]) -> bytes:
    """What came of it, as tools of continuous integration read it."""
    failed = sum(bool(each.wrong) for each in found)
    about = {"name": "weir test", "tests": str(len(found)), "failures": str(failed)}
    suite = ElementTree.Element("testsuite", about)
    for each in found:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            {
                "classname": each.workflow,
                "name": each.case,
                "file": each.path,
                "line": str(each.line),
                "time": f"{each.seconds:.6f}",
            },
        )
        if each.wrong:
            words = "\n".join(str(problem) for problem in each.wrong)
            first = each.wrong[0].message
            ElementTree.SubElement(case, "failure", {"message": first}).text = words
    data: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return data
