"""The definition of a LangGraph graph: nodes are `python` steps, edges are routes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from engine.converting import describe
from engine.converting.carried import Converted, Ids, NotCarriedOver, Step
from engine.converting.writing import definition_text
from engine.definition.checks.names import spoken
from engine.errors import WeirError
from engine.workspace import Workspace

START, END = "__start__", "__end__"
MODULE = "weir_langgraph"  # the file of the workspace that runs the nodes
TIMEOUT = 60.0  # seconds in which a graph is imported
LOOPS = 25  # visits: what LangGraph itself allows


class Graph(Struct, frozen=True):
    """`branches` are where conditional edges lead, None where only running tells."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...] = ()
    joins: tuple[tuple[tuple[str, ...], str], ...] = ()
    branches: dict[str, tuple[tuple[str, ...] | None, ...]] = {}


def graph_at(workspace: Workspace, target: str) -> Graph:
    """The graph of a module, as the workspace's Python imports it. Raises WeirError."""
    python = workspace.config.python.executable or sys.executable
    words = [python, "-B", str(Path(describe.__file__)), str(workspace.root), target]
    try:
        done = subprocess.run(
            words,
            cwd=workspace.root,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WeirError(f"{python} can't import {target}: {error}") from error
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise WeirError(
            f"{target} can't be read by {python}: {last}; say under [python] in"
            " weir.toml which Python has what it needs"
        )
    return msgspec.json.decode(done.stdout.strip().rpartition("\n")[2], type=Graph)


def definition_of(graph: Graph, target: str, name: str) -> str:
    """The text of a workflow. Raises NotCarriedOver with all that it can't say."""
    if problems := [*not_carried_over(graph)]:
        raise NotCarriedOver("; ".join(problems))
    state = {"type": "object", "description": "What the graph is given"}
    head = {
        "workflow": name,
        "title": f"{target}, converted from LangGraph",
        "inputs": {"state": state},
    }
    ids = ids_of(graph)
    steps = [step(graph, target, node, ids) for node in in_order(graph)]
    return definition_text(Converted(head, steps=[*steps]))


def not_carried_over(graph: Graph) -> Iterator[str]:
    for source in (START, *graph.nodes):
        plain = [to for at, to in graph.edges if at == source]
        branches = graph.branches.get(source, ())
        if len(plain) + len(branches) > 1:
            yield f"{source} leads to several nodes at once; write a `parallel` step"
        if None in branches:
            yield (
                f"nobody says where the edge after {source} may lead; give"
                " add_conditional_edges its list of nodes"
            )
    for sources, to in graph.joins:
        yield f"{to} waits for {', '.join(sources)}; write a `parallel` step"


def ids_of(graph: Graph) -> dict[str, str]:
    """A step's id for each node, and for the choice of where it begins."""
    ids = Ids()
    begin = {START: ids.new("begin")}
    return begin | {node: ids.new(node) for node in graph.nodes}


def in_order(graph: Graph) -> list[str]:
    """The steps, the one it begins with first; `begin` where that is chosen."""
    if START in graph.branches:
        return [START, *graph.nodes]
    first = next((to for at, to in graph.edges if at == START), None)
    if first is None:
        raise NotCarriedOver("the graph begins nowhere")
    return [first, *(node for node in graph.nodes if node != first)]


def step(graph: Graph, target: str, node: str, ids: dict[str, str]) -> Step:
    states = [
        f"{{{{ outputs.{spoken(ids[each])}.value | default(none) }}}}"
        for each in before(graph, node)
    ]
    given: Step = {"graph": target} | ({} if node == START else {"name": node})
    given |= {"start": "{{ inputs.state }}", "states": states}
    call = f"{MODULE}:{'entry' if node == START else 'node'}"
    return {
        "id": ids[node],
        "max_visits": LOOPS,
        "python": {"call": call, "with": given},
        "route": [*routes(graph, node, ids)],
    }


def before(graph: Graph, node: str) -> list[str]:
    """The nodes that may have run before this one, by whichever way."""
    ways = {*graph.edges}
    for source, branches in graph.branches.items():
        ways |= {(source, end) for ends in branches for end in ends or ()}
    found: set[str] = set()
    waiting = [node]
    while waiting:
        to = waiting.pop()
        new = {source for source, end in ways if end == to} - found
        found |= new
        waiting += new
    return [each for each in in_order(graph) if each in found]


def routes(graph: Graph, node: str, ids: dict[str, str]) -> Iterator[Step]:
    for ends in graph.branches.get(node, ()):
        *others, last = dict.fromkeys(ends or ())
        for end in others:
            said = msgspec.json.encode(end).decode()
            chosen = f"outputs.{spoken(ids[node])}.value.next == {said}"
            yield {"when": chosen, "to": place(end, ids)}
        yield {"to": place(last, ids)}
        return
    to = next((to for at, to in graph.edges if at == node), END)
    yield {"to": place(to, ids)}


def place(node: str, ids: dict[str, str]) -> str:
    return "end" if node == END else ids[node]
