"""What follows what: a list of steps and a graph of them, as the same nodes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from engine.definition.model import Approval, Choice, Fail, Route, Step, Workflow

END = "end"


class Node(Struct, frozen=True):
    """A step among the others. `next` is None at the end, and always in a graph."""

    step_id: str
    routes: tuple[Route, ...] = ()
    next: str | None = None
    needs: tuple[str, ...] = ()
    dependents: tuple[str, ...] = ()


class Graph(Struct, frozen=True):
    first: tuple[str, ...]
    nodes: dict[str, Node]


class Edge(Struct, frozen=True):
    """A way from one step to another, or to `end`; `label` says on what condition."""

    source: str
    target: str
    label: str = ""


def compile_graph(workflow: Workflow) -> Graph:
    """The nodes of a workflow, linked or not, in the order of the file."""
    if workflow.is_graph:
        return graph_of_needs(workflow)
    ids = [step.id for step in workflow.steps]
    following = [*ids[1:], None]
    nodes = {
        step.id: Node(step.id, step.route, following[number])
        for number, step in enumerate(workflow.steps)
    }
    return Graph(tuple(ids[:1]), nodes)


def graph_of_needs(workflow: Workflow) -> Graph:
    dependents: dict[str, list[str]] = {step.id: [] for step in workflow.steps}
    for step in workflow.steps:
        for need in dict.fromkeys(step.needs or ()):
            dependents.setdefault(need, []).append(step.id)
    nodes = {
        step.id: Node(
            step.id,
            step.route,
            None,
            tuple(dict.fromkeys(step.needs or ())),
            tuple(dependents[step.id]),
        )
        for step in workflow.steps
    }
    return Graph(tuple(n for n, node in nodes.items() if not node.needs), nodes)


# The ways


def edges(graph: Graph, workflow: Workflow) -> list[Edge]:
    """Every way a run can go, for a picture of it and for telling dead ends."""
    steps = {step.id: step for step in workflow.steps}
    if workflow.is_graph:
        return [Edge(n.step_id, d) for n in graph.nodes.values() for d in n.dependents]
    return [e for n in graph.nodes.values() for e in ways(n, steps[n.step_id])]


def ways(node: Node, step: Step) -> Iterator[Edge]:
    if step.when is not None:
        yield Edge(node.step_id, node.next or END, "skipped")
    if isinstance(step.do, Fail):
        return
    if isinstance(step.do, Approval):
        yield from ways_out_of_a_gate(node, step.do)
        return
    for route in node.routes:
        yield Edge(node.step_id, route.to, route.when or "")
    if not any(route.when is None for route in node.routes):
        yield Edge(node.step_id, node.next or END)


def ways_out_of_a_gate(node: Node, gate: Approval) -> Iterator[Edge]:
    """A choice goes where its route says; without one, on if it approves, else ends."""
    for choice in gate.choices:
        yield from ways_on_choice(node, choice)
    for route in node.routes:
        if route.choice in ("expired", "withdrawn"):
            yield Edge(node.step_id, route.to, route.choice)
    if gate.on_timeout and gate.on_timeout.startswith("route:"):
        yield Edge(node.step_id, gate.on_timeout.removeprefix("route:"), "expired")


def ways_on_choice(node: Node, choice: Choice) -> Iterator[Edge]:
    certain = False
    for route in node.routes:
        if route.choice in (None, choice.name) and not certain:
            yield Edge(node.step_id, route.to, choice.name)
            certain = route.when is None
    if not certain:
        on = node.next or END if choice.approves else END
        yield Edge(node.step_id, on, choice.name)


# As pictures


def mermaid(graph: Graph, workflow: Workflow) -> str:
    """The graph as Mermaid, for a page that draws it."""
    number = {step_id: f"s{n}" for n, step_id in enumerate(graph.nodes)}
    lines = ["flowchart TD"]
    for step in workflow.steps:
        opening, closing = ("{{", "}}") if step.kind == "approval" else ("[", "]")
        label = f"{step.id}<br/><small>{step.kind}</small>"
        lines.append(f'  {number[step.id]}{opening}"{label}"{closing}')
    ways_ = edges(graph, workflow)
    if any(edge.target == END for edge in ways_):
        lines.append("  stop([end])")  # `end` closes a block in Mermaid
    for edge in ways_:
        arrow = f'-->|"{escaped(edge.label)}"|' if edge.label else "-->"
        target = number.get(edge.target, "stop")
        lines.append(f"  {number[edge.source]} {arrow} {target}")
    return "\n".join(lines) + "\n"


def escaped(label: str) -> str:
    """A label that Mermaid shows as it stands, whatever is in it."""
    plain = " ".join(label.split())
    return "".join(c if c.isalnum() or c in " _.,-" else f"#{ord(c)};" for c in plain)


def text(graph: Graph, workflow: Workflow) -> str:
    """The graph as lines for a terminal: each step with the ways out of it."""
    ways_: dict[str, list[Edge]] = {step.id: [] for step in workflow.steps}
    for edge in edges(graph, workflow):
        ways_[edge.source].append(edge)
    wide = max(len(step.id) for step in workflow.steps)
    lines = []
    for step in workflow.steps:
        head = f"{step.id:<{wide}}  {step.kind:<8}"
        arrows = [arrow_to(edge) for edge in ways_[step.id]] or [""]
        lines += [f"{head}{arrows[0]}".rstrip()]
        lines += [" " * len(head) + arrow for arrow in arrows[1:]]
    return "\n".join(lines) + "\n"


def arrow_to(edge: Edge) -> str:
    label = " ".join(edge.label.split())
    return f"  → {edge.target}" + (f"  ({label})" if label else "")
