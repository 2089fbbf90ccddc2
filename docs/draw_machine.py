"""Draws docs/machine.md from the tables of engine.machine.transitions (`make docs`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.machine.transitions import APPROVAL, ARM, RUN, STEP

HEAD = """# The machine

What may happen to a run, a step, an arm of a step and an approval. Drawn by `make
docs` from the tables in `engine/machine/transitions.py`; a test fails when this page is
behind them.

An arrow is an event that is legal in the status it leaves and leads to the one it
points at. `[*]` is before the first event. Events that no arrow names (`RouteTaken`)
are recorded and change no status.

A run is `waiting` while everything active in it waits for a person or for a clock, and
`running` otherwise: that is read off its steps and needs no event of its own.
"""


def page() -> str:
    """The whole page, as it should stand in docs/."""
    parts = [HEAD]
    tables = (("Run", RUN), ("Step", STEP), ("Arm", ARM), ("Approval", APPROVAL))
    for title, table in tables:
        parts.append(f"## {title}\n\n```mermaid\n{diagram(table)}\n```\n")
    return "\n".join(parts)


def diagram(table: Mapping[type, tuple[Any, Any]]) -> str:
    lines = ["stateDiagram-v2"]
    for event, (befores, after) in table.items():
        for before in befores:
            for target in after if isinstance(after, tuple) else (after,):
                origin = "[*]" if before is None else before.value
                lines.append(f"    {origin} --> {target.value}: {event.__name__}")
    return "\n".join(lines)


if __name__ == "__main__":
    Path(__file__).with_name("machine.md").write_text(page())
