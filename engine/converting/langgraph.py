"""The definition of a LangGraph graph: nodes are `python` steps, edges are routes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from engine.converting import describe
from engine.definition.words import as_name
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


class NotCarriedOver(WeirError):
    """A graph does what a list of steps can't; the message says all of it."""


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
    ids = ids_of(graph)
    lines = [
        f"workflow: {name}",
        f"title: {target}, converted from LangGraph",
        "inputs:",
        "  state: {type: object, description: What the graph is given}",
        "steps:",
    ]
    for node in in_order(graph):
        lines += step(graph, target, node, ids)
    return "\n".join(lines) + "\n"


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
    ids: dict[str, str] = {}
    for node in (START, *graph.nodes):
        wanted = "begin" if node == START else as_name(node) or "node"
        number = 2
        while wanted in ids.values():
            wanted, number = f"{as_name(node)}-{number}", number + 1
        ids[node] = wanted
    return ids


def in_order(graph: Graph) -> list[str]:
    """The steps, the one it begins with first; `begin` where that is chosen."""
    if START in graph.branches:
        return [START, *graph.nodes]
    first = next((to for at, to in graph.edges if at == START), None)
    if first is None:
        raise NotCarriedOver("the graph begins nowhere")
    return [first, *(node for node in graph.nodes if node != first)]


def step(graph: Graph, target: str, node: str, ids: dict[str, str]) -> Iterator[str]:
    own = ids[node]
    yield f"  - id: {own}"
    yield f"    max_visits: {LOOPS}"
    yield "    python:"
    yield f"      call: {MODULE}:{'entry' if node == START else 'node'}"
    yield "      with:"
    yield f"        graph: {target}"
    if node != START:
        yield f"        name: {msgspec.json.encode(node).decode()}"
    yield '        start: "{{ inputs.state }}"'
    earlier = before(graph, node)
    yield "        states:" if earlier else "        states: []"
    for each in earlier:
        read = f"outputs.{ids[each].replace('-', '_')}"
        yield f'          - "{{{{ {read}.value | default(none) }}}}"'
    yield "    route:"
    yield from (f"      - {route}" for route in routes(graph, node, ids))


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


def routes(graph: Graph, node: str, ids: dict[str, str]) -> Iterator[str]:
    own = ids[node].replace("-", "_")
    for ends in graph.branches.get(node, ()):
        *others, last = dict.fromkeys(ends or ())
        for end in others:
            said = msgspec.json.encode(end).decode()
            yield (
                f"{{when: 'outputs.{own}.value.next == {said}', to: {place(end, ids)}}}"
            )
        yield f"{{to: {place(last, ids)}}}"
        return
    to = next((to for at, to in graph.edges if at == node), END)
    yield f"{{to: {place(to, ids)}}}"


def place(node: str, ids: dict[str, str]) -> str:
    return "end" if node == END else ids[node]
