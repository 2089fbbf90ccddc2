"""Projects as people make them, with whose act it was."""

from __future__ import annotations

import re

from engine.acts import act
from engine.errors import WeirError
from engine.machine.state import Actor
from store import projects
from store.database import Database
from store.records import ProjectRecord

NAME = re.compile(r"[\w][\w.-]{0,99}")
SAID = "letters, digits, '.', '_', '-'"


def open_project(
    database: Database, who: Actor, name: str, title: str, now: float
) -> ProjectRecord:
    """Make a project, or take one out of the archive. Raises WeirError."""
    if not NAME.fullmatch(name):
        raise WeirError(f"project {name!r} is not {SAID}")
    said = act(who, "project", f"opened project {name}", now, {"name": name})
    there = projects.get(database, name)
    if there is not None and not there.archived:
        raise WeirError(f"project {name} is there already")
    if there is None:
        projects.create(database, name, title, now=now, act=said)
    else:
        projects.archive(database, name, archived=False, act=said)
    found = projects.get(database, name)
    assert found is not None, "no project is ever deleted"
    return found
