"""The lists of steps in a workflow: its own, and those in branches and loops."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from engine.definition.checks.checking import Checking
from engine.definition.graph import FINALLY, TOP, list_name
from engine.definition.marks import Path
from engine.definition.model import (
    Branch,
    ForEach,
    Parallel,
    Step,
    Workflow,
    is_graph,
    lists_in,
)


class Listed(Struct, frozen=True):
    """A list, where it stands in the file, and what it stands in, outermost first."""

    steps: tuple[Step, ...]
    place: Path = ("steps",)
    inside: str = TOP
    around: tuple[Step, ...] = ()
    branches: tuple[Branch, ...] = ()

    @property
    def is_graph(self) -> bool:
        return is_graph(self.steps)

    def within(self) -> dict[str, str]:
        """The branch it stands in, of each parallel step around it."""
        parallel = [s.id for s in self.around if isinstance(s.do, Parallel)]
        return dict(zip(parallel, (b.id for b in self.branches), strict=True))

    def places(self) -> Iterator[tuple[Step, Path]]:
        for number, step in enumerate(self.steps):
            yield step, (*self.place, number)


def lists_of(checking: Checking, workflow: Workflow) -> list[Listed]:
    """Every list, each before those that stand in its steps."""
    found = [Listed(workflow.steps)]
    if workflow.finally_:
        found.append(Listed(workflow.finally_, ("finally",), FINALLY))
    for outer in found:  # it grows while it is gone through
        for step, place in outer.places():
            found += inner_lists(checking, outer, step, place)
    return found


def in_finally(listed: Listed) -> bool:
    """Whether a list is what is done at the end, or stands in that."""
    return listed.place[0] == "finally"


def inner_lists(
    checking: Checking, outer: Listed, step: Step, place: Path
) -> Iterator[Listed]:
    branches = step.do.branches if isinstance(step.do, Parallel) else ()
    for number, (name, steps) in enumerate(lists_in(step).items()):
        yield Listed(
            steps,
            place_of(checking, step, place, name),
            list_name(step.id, name),
            (*outer.around, step),
            (*outer.branches, *branches[number : number + 1]),
        )


def place_of(checking: Checking, step: Step, place: Path, branch: str) -> Path:
    """Where a list stands: a branch may be one, or a mapping with `steps` in it."""
    if isinstance(step.do, ForEach):
        return (*place, "for_each", "steps")
    short = (*place, "parallel", "branches", branch)
    whole = (*short, "steps")
    return whole if whole in checking.marks.values else short
