"""All that is wrong in a weir.toml, with line and column."""

from __future__ import annotations

import re
import tomllib

from engine.definition.marks import Mark
from engine.definition.model import Problem
from engine.definition.yaml import Reader, Stopped
from engine.settings import faults_in, misplaced
from engine.toml_marks import marks_of
from engine.workspace import CONFIG, Config

PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def problems_in(source: bytes) -> list[Problem]:
    """Why it can't be gone by; empty where it can."""
    reader = Reader(CONFIG)
    try:
        text = reader.decode(source)
        data = tomllib.loads(text)
    except Stopped:
        return reader.problems
    except tomllib.TOMLDecodeError as error:
        return [no_toml(str(error), text)]
    except RecursionError:
        return [Problem(CONFIG, 0, 0, "values are nested too deeply", "flatten it")]
    marks = marks_of(text)
    found = [
        Problem(CONFIG, *marks.value(fault.path), fault.message, fault.hint)
        for fault in (misplaced(each, Config) for each in faults_in(data, Config))
    ]
    return sorted(found, key=lambda problem: (problem.line, problem.column))


def no_toml(message: str, text: str) -> Problem:
    """What tomllib says, with its place in front; the end is the last line's."""
    place = PLACE.search(message)
    lines = text.rstrip().split("\n")
    mark = Mark(len(lines), len(lines[-1]) + 1)
    if place is not None and place[1]:
        mark = Mark(int(place[1]), int(place[2]))
    said = PLACE.sub("", message)
    return Problem(CONFIG, *mark, f"this is no TOML: {said[:1].lower()}{said[1:]}")
