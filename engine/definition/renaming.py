"""The text of a workflow under another name, which begins by itself no more."""

from __future__ import annotations

from msgspec.structs import replace

from engine.definition.extents import Extents, Lines, extents
from engine.definition.model import Definition, Workflow
from engine.definition.parse import parse
from engine.definition.written import scalar
from engine.errors import WeirError

BEGINS = ("schedule", "trigger")
Edit = tuple[int, int, str]


def renamed(text: str, name: str, title: str = "") -> str:
    """The text with another name, and another title where one is said.

    What begins runs of it by itself stands in comments: it does that for the other
    already. All else stays as it is. Raises WeirError where that can't be done.
    """
    found = extents(text)
    edits: list[Edit] = [(*span(found, "workflow"), name)]
    if title:
        edits.append(title_edit(text, found, title))
    for key in BEGINS:
        if (key,) in found:
            edits += commented(text, found, key)
    written = text
    for begin, end, new in sorted(edits, reverse=True):
        written = written[:begin] + new + written[end:]
    if meaning(written) != wanted(text, name, title):
        raise WeirError("its text can't be taken over by itself; copy the file")
    return written


def span(found: Extents, key: str) -> tuple[int, int]:
    return found[(key,)].begin, found[(key,)].end


def title_edit(text: str, found: Extents, title: str) -> Edit:
    if ("title",) in found:
        return (*span(found, "title"), scalar(title))
    end = found[("workflow",)].end
    if found[()].flow:
        return end, end, f", title: {scalar(title)}"
    lines = Lines(text)
    number = lines.after(end)
    at = lines.start(number)
    return at, at, f"title: {scalar(title)}{lines.ending(number - 1)}"


def commented(text: str, found: Extents, key: str) -> list[Edit]:
    """A `# ` before each line of a key and its value."""
    lines, extent = Lines(text), found[(key,)]
    first = lines.at(extent.begin)
    while not lines.line(first).startswith(f"{key}:") and first:
        first -= 1
    starts = map(lines.start, range(first, lines.after(extent.end)))
    return [(start, start, "# ") for start in starts]


def meaning(text: str) -> Definition | None:
    return parse(text, "").draft


def wanted(text: str, name: str, title: str) -> Definition | None:
    workflow = meaning(text)
    assert isinstance(workflow, Workflow), "a starter is a workflow"
    title = title or workflow.title
    return replace(workflow, name=name, title=title, schedules=(), triggers=())
