"""From the text of a file to what it says, or to all that is wrong with it."""

from __future__ import annotations

from msgspec import Struct

from engine.definition import yaml
from engine.definition.marks import Marks
from engine.definition.model import Definition, Problem
from engine.definition.shapes.files import FILES, read_file
from engine.definition.spot import Reading, Spot, TooMany, Unread
from engine.definition.words import did_you_mean, shown


class Parsed(Struct, frozen=True):
    """What a file says. `definition` is None as soon as there is a problem.

    `draft` holds what could be read in spite of the problems, so that `check` can
    tell the others too; it is nothing to run.
    """

    path: str
    definition: Definition | None
    problems: list[Problem]
    marks: Marks
    draft: Definition | None = None


def parse(text: str | bytes, path: str) -> Parsed:
    """Read a file. Never raises: what is wrong is told, in the order of the lines."""
    document = yaml.read(text, path)
    reading = Reading(path, document.marks, document.problems)
    draft = None
    if document.complete:
        draft = read_definition(Spot(document.value, (), reading))
    problems = sorted(reading.problems, key=lambda p: (p.line, p.column))
    definition = None if problems else draft
    return Parsed(path, definition, problems, document.marks, draft)


def read_definition(spot: Spot) -> Definition | None:
    try:
        check_first_key(spot)
        return read_file(spot)
    except (Unread, TooMany):
        return None


def check_first_key(spot: Spot) -> None:
    """The first key tells what a file is. Raises Unread when it does not."""
    known = ", ".join(FILES)
    if not isinstance(spot.value, dict):
        raise spot.wrong_type(f"a mapping that begins with one of {known}")
    if not spot.value:
        raise spot.wrong("the file says nothing", f"begin with one of {known}")
    first = next(iter(spot.value))
    if first in FILES:
        return
    later = [name for name in spot.value if name in FILES]
    hint = did_you_mean(first, FILES, f"begin with one of {known}")
    if later:
        hint = f"move `{later[0]}` to the top"
    says = f"the first key says what a file is, and `{shown(first)}` does not"
    raise spot.child(first).wrong(says, hint, at_key=True)
