"""Filters that a person saves under a name: for all projects, or for one of them."""

from __future__ import annotations

import re

from engine.errors import Ambiguous, NotFound, WeirError
from engine.sought import sought
from store import filters
from store.database import Database
from store.filters import FilterRecord

RUNS, INBOX = "runs", "inbox"
NAME = re.compile(r"[\w][\w.-]{0,63}")
LONGEST = 1_000  # characters of a filter


def require_filter(record: FilterRecord, now: float) -> None:
    """Raises WeirError for a name, or a text, that can't be one."""
    if not NAME.fullmatch(record.name):
        raise WeirError(
            f"{record.name!r} can't be the name of a filter: letters, digits, '.', '_',"
            " '-', at most 64"
        )
    if not record.text.strip() or len(record.text) > LONGEST:
        raise WeirError(f"a filter is a text of 1 to {LONGEST} characters")
    if record.pane == RUNS:
        sought(record.text, now)


def here(
    database: Database, person: str, pane: str, project: str = ""
) -> list[FilterRecord]:
    """What a person can choose from: those of a project, and those for all."""
    found = filters.of_person(database, person)
    return [f for f in found if f.pane == pane and f.project in ("", project)]


def named(
    database: Database, person: str, name: str, pane: str, project: str = ""
) -> FilterRecord:
    """A filter of a person: the project's own before the one for all.

    Without a project, the one that there is. Raises NotFound and Ambiguous.
    """
    every = filters.of_person(database, person)
    known = [each for each in every if each.pane == pane]
    fits = {each.project: each for each in known if each.name == name}
    for place in (project, ""):
        if place in fits:
            return fits[place]
    if project or not fits:
        names = ", ".join(dict.fromkeys(each.name for each in known)) or "none"
        raise NotFound(f"no filter {name!r} for {pane}; {person} has saved {names}")
    if len(fits) > 1:
        raise Ambiguous(f"{name} is a filter of {', '.join(fits)}; say --project")
    return next(iter(fits.values()))
