"""Tells what a LangGraph graph is made of, as JSON. Run by the Python that has it.

`describe.py FOLDER MODULE:GRAPH`; it knows nothing but the standard library.
"""

import json
import sys
from importlib import import_module
from typing import Any


def describe(graph: Any) -> dict[str, Any]:
    builder = getattr(graph, "builder", graph)
    branches: dict[str, list[list[str] | None]] = {}
    for name, found in builder.branches.items():
        for branch in found.values():
            ends = branch.ends
            branches.setdefault(name, []).append(
                sorted(ends.values()) if ends else None
            )
    return {
        "nodes": list(builder.nodes),
        "edges": sorted([list(edge) for edge in builder.edges]),
        "joins": sorted([list(a), b] for a, b in getattr(builder, "waiting_edges", ())),
        "branches": branches,
    }


def main(folder: str, target: str) -> None:
    sys.path[0] = folder
    module, _, name = target.partition(":")
    graph = getattr(import_module(module), name)
    sys.stdout.write(json.dumps(describe(graph)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
