"""Whether a text can be read, and whether what it reads can be there."""

from __future__ import annotations

import re
from collections.abc import Collection

from msgspec.structs import replace

from engine.definition.checks.checking import Checking
from engine.definition.checks.names import MINUS, Name, Names, why_not
from engine.definition.checks.reads import template_reads
from engine.definition.checks.texts import Text
from engine.definition.marks import Mark, Path
from engine.definition.render import expression_names
from engine.errors import TemplateError

NO_ENV = "`env` can't be read where it is decided how a run goes"


def check_text(
    checking: Checking, text: Text, known: Names, of: str = "", at: Path | None = None
) -> None:
    """Tell what is wrong with a text.

    One that stands in another file is told `at` the place that uses it, and `of` what.
    """
    before = f"{of}: " if of else ""
    known = replace(known, may_hide=text.hidden)
    if text.judges:
        known = replace(known, why_no_env=NO_ENV)
    try:
        read = names_in(text)
    except TemplateError as error:
        mark = place(checking, text, at, error.line, 1)
        checking.tell_at(mark, f"{before}{error}")
        return
    for name, (message, hint) in unreadable(read, known):
        line, column = where(name, text.source)
        mark = place(checking, text, at, line, column)
        checking.tell_at(mark, f"{before}{message}", hint)


def names_in(text: Text) -> Collection[Name]:
    match text.kind:
        case "expression":
            return expression_names(text.source)
        case "name":
            return {tuple(text.source.split("."))}
        case "template":
            return template_reads(text.source)


def unreadable(
    read: Collection[Name], known: Names
) -> list[tuple[Name, tuple[str, str]]]:
    """The names that can't be there. What follows a `-` in a step's id is no name."""
    found = [(n, why) for n in sorted(read) if (why := why_not(n, known))]
    halves: set[str] = set()
    if any(MINUS in hint for _, (_, hint) in found):
        halves = {part for step in known.steps or () for part in step.split("-")[1:]}
    return [(name, why) for name, why in found if name[0] not in halves]


def place(
    checking: Checking, text: Text, at: Path | None, line: int, column: int
) -> Mark:
    if at is not None:
        return checking.marks.value(at)
    return checking.marks.within(text.path, line, column)


def where(name: Name, source: str) -> tuple[int, int]:
    """The line and column in a text at which it says a name."""
    for length in range(len(name), 0, -1):
        pattern = r"\s*\.\s*".join(re.escape(part) for part in name[:length])
        if found := re.search(rf"(?<![\w.]){pattern}(?!\w)", source):
            start = found.start()
            line = source.count("\n", 0, start) + 1
            return line, start - source.rfind("\n", 0, start)
    return 1, 1
