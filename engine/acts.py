"""What a person did outside of any run, as it is kept."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from engine.machine.state import Actor
from store.records import ActRecord


def act(
    who: Actor,
    kind: str,
    what: str,
    at: float,
    details: Mapping[str, object] | None = None,
) -> ActRecord:
    """`kind` is one word: prune, project; `what` tells it to a person."""
    return ActRecord(
        at=at,
        kind=kind,
        what=what,
        by=msgspec.json.encode(who),
        details=msgspec.json.encode(details or {}),
    )
