"""What is known of a project, as templates read it."""

from __future__ import annotations

from typing import Any

import msgspec

from store import projects
from store.database import Database

Json = Any


def about(database: Database, project: str) -> dict[str, Json]:
    """`name`, `title` and `facts`; of no project, or one that is gone, no facts."""
    found = projects.get(database, project) if project else None
    if found is None:
        return {"name": project, "title": project, "facts": {}}
    return {
        "name": found.name,
        "title": found.title or found.name,
        "facts": msgspec.json.decode(found.facts),
    }
