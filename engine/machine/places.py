"""Where a step stands in a run: the arithmetic of paths.

A path is a step's id, with `#2` on its second visit. A step inside of an arm has that
arm in front: `market[us]/price#2` is the second visit of `price` in the turn `us` of
the first visit of `market`. What stands before the id is its scope, `market[us]/`; the
run's own scope is empty. `price~undo` is what undoes `price`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from shlex import quote

RUN = ""  # the scope of the run itself
TURNS = "turns"  # the one arm of a step that asks a model in turns
UNDO = "~undo"  # behind the path of a step: of what undoes it


def undo_of(path: str) -> str:
    """The path of what undoes the step at a path; the same of its id."""
    return path + UNDO


def undone_by(path: str) -> str:
    """The path of the step that is undone there."""
    return path.removesuffix(UNDO)


def is_undo(path: str) -> bool:
    return path.endswith(UNDO)


def path_of(step: str, visit: int, scope: str = RUN) -> str:
    return f"{scope}{step}" if visit == 1 else f"{scope}{step}#{visit}"


def first_visit(said: str, paths: Container[str]) -> str | None:
    """The path of the first visit, where `draft#1` is said: it has no number."""
    path = said.removesuffix("#1")
    return path if path != said and path in paths else None


def typed(path: str) -> str:
    """A path as a command line has it.

    A shell takes brackets for a pattern; zsh refuses one that no file fits.
    """
    return quote(path) if "[" in path else path


def id_of(path: str) -> str:
    """The id of the step at a path."""
    return path.rpartition("/")[2].partition("#")[0]


def scope_of(path: str) -> str:
    """The scope a step stands in."""
    head, slash, _ = path.rpartition("/")
    return head + slash


def arm_scope(container: str, arm: str) -> str:
    """The scope of what stands in an arm of the container at a path."""
    return f"{container}[{arm}]/"


def arm_of(scope: str) -> tuple[str, str]:
    """The container's path and the arm's key of a scope that is not the run's."""
    container, _, arm = scope[:-2].rpartition("[")
    return container, arm


def scopes_around(scope: str) -> Iterator[str]:
    """A scope and those around it, from the run's own inwards."""
    if scope:
        yield from scopes_around(scope_of(arm_of(scope)[0]))
    yield scope


def around(scope: str, path: str) -> str:
    """What stands in a scope of all that is around the step at a path, or that step."""
    inner = [*scopes_around(scope_of(path))]
    at = inner.index(scope) + 1
    return arm_of(inner[at])[0] if at < len(inner) else path
