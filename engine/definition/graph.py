"""What follows what: lists of steps and graphs of them, as the same nodes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from engine.definition.kinds import Approval, Choice, Fail
from engine.definition.model import Route, Step, Workflow, all_steps, is_graph, lists_in

END = "end"
TOP = ""  # the workflow's own list
FINALLY = "@finally"  # the list of what is done at the end
OUTERMOST = (TOP, FINALLY)


class Node(Struct, frozen=True):
    """A step among the others of its list. `next` is None at its end, and in a graph.

    `inside` names the list: a branch as `review/legal`, a loop's body as `market/`.
    """

    step_id: str
    routes: tuple[Route, ...] = ()
    next: str | None = None
    needs: tuple[str, ...] = ()
    dependents: tuple[str, ...] = ()
    inside: str = TOP
    on_error: str | None = None  # where it leads when it fails; None: that ends it


class Graph(Struct, frozen=True):
    """`starts` are the first steps of each list; `graphs` the lists with `needs`."""

    starts: dict[str, tuple[str, ...]]
    nodes: dict[str, Node]
    graphs: frozenset[str] = frozenset()

    @property
    def first(self) -> tuple[str, ...]:
        return self.starts[TOP]


class Edge(Struct, frozen=True):
    """A way from one step to another, or to `end`; `label` says on what condition.

    In a branch or a loop's body `end` is the end of that.
    """

    source: str
    target: str
    label: str = ""


def compile_graph(workflow: Workflow) -> Graph:
    """The nodes of a workflow, linked or not, in the order of the file."""
    starts: dict[str, tuple[str, ...]] = {}
    nodes: dict[str, Node] = {}
    graphs: set[str] = set()
    waiting = [(TOP, workflow.steps)]
    if workflow.finally_:
        waiting.append((FINALLY, workflow.finally_))
    while waiting:
        inside, steps = waiting.pop(0)
        made = nodes_of_needs if is_graph(steps) else nodes_of_list
        own = {node.step_id: node for node in made(steps, inside)}
        starts[inside] = first_of(steps)
        if is_graph(steps):
            graphs.add(inside)
        nodes |= own
        for step in steps:
            arms = lists_in(step).items()
            waiting += [(list_name(step.id, arm), inner) for arm, inner in arms]
    ordered = {step.id: nodes[step.id] for step in all_steps(workflow)}
    return Graph(starts, ordered, frozenset(graphs))


def list_name(container: str, branch: str) -> str:
    return f"{container}/{branch}"


def first_of(steps: tuple[Step, ...]) -> tuple[str, ...]:
    if is_graph(steps):
        return tuple(step.id for step in steps if not step.needs)
    return tuple(step.id for step in steps[:1])  # none where variants are


def nodes_of_list(steps: tuple[Step, ...], inside: str) -> Iterator[Node]:
    following = [*(step.id for step in steps[1:]), None]
    for step, after in zip(steps, following, strict=True):
        failed = after_failure(step, after)
        if inside == FINALLY and failed is None:
            failed = after or END  # what fails there keeps nothing else from being done
        yield Node(step.id, step.route, after, inside=inside, on_error=failed)


def after_failure(step: Step, after: str | None) -> str | None:
    """Where a list goes on when a step has failed for good; None when it doesn't."""
    if step.on_error == "continue":
        return after or END
    return step.on_error.removeprefix("route:") if step.on_error != "fail" else None


def nodes_of_needs(steps: tuple[Step, ...], inside: str) -> Iterator[Node]:
    dependents: dict[str, list[str]] = {step.id: [] for step in steps}
    for step in steps:
        for need in dict.fromkeys(step.needs or ()):
            dependents.setdefault(need, []).append(step.id)
    for step in steps:
        needs = tuple(dict.fromkeys(step.needs or ()))
        waiting = tuple(dependents[step.id])
        failed = after_failure(step, None)
        yield Node(step.id, step.route, None, needs, waiting, inside, failed)


# The ways


def edges(graph: Graph, workflow: Workflow) -> list[Edge]:
    """Every way a run can go, for a picture of it and for telling dead ends."""
    found: list[Edge] = []
    for step in all_steps(workflow):
        node = graph.nodes[step.id]
        found += ways_in(graph, step)
        if node.inside in graph.graphs:
            found += [Edge(step.id, dependent) for dependent in node.dependents]
        else:
            found += ways(node, step)
    return found


def ways_in(graph: Graph, step: Step) -> Iterator[Edge]:
    """Into the branches of a step, or into the body of its loop."""
    for branch in lists_in(step):
        for first in graph.starts[list_name(step.id, branch)]:
            yield Edge(step.id, first, branch or "each")


def ways(node: Node, step: Step) -> Iterator[Edge]:
    if step.when is not None:
        yield Edge(node.step_id, node.next or END, "skipped")
    if isinstance(step.do, Fail):
        return
    if isinstance(step.do, Approval):
        yield from ways_out_of_a_gate(node, step.do)
        return
    if node.on_error is not None:
        yield Edge(node.step_id, node.on_error, "failed")
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
    lines = ["flowchart TD", *boxes(workflow.steps, number, "  ")]
    if workflow.finally_:
        lines += ['  subgraph always["finally"]']
        lines += [*boxes(workflow.finally_, number, "    "), "  end"]
    ways_ = drawn(graph, workflow)
    if any(edge.target == END for edge in ways_):
        lines.append("  stop([end])")  # `end` closes a block in Mermaid
    for edge in ways_:
        arrow = f'-->|"{escaped(edge.label)}"|' if edge.label else "-->"
        target = number.get(edge.target, "stop")
        lines.append(f"  {number[edge.source]} {arrow} {target}")
    return "\n".join(lines) + "\n"


def drawn(graph: Graph, workflow: Workflow) -> list[Edge]:
    """The ways worth a line: that a branch ends with its last step shows anyway."""
    return [
        edge
        for edge in edges(graph, workflow)
        if edge.target != END or edge.label or graph.nodes[edge.source].inside == TOP
    ]


def boxes(
    steps: tuple[Step, ...], number: dict[str, str], indent: str
) -> Iterator[str]:
    """A box for each step, and a frame around each branch or body."""
    for step in steps:
        opening, closing = ("{{", "}}") if step.kind == "approval" else ("[", "]")
        label = f"{step.id}<br/><small>{step.kind}</small>"
        yield f'{indent}{number[step.id]}{opening}"{label}"{closing}'
        for order, (branch, inner) in enumerate(lists_in(step).items()):
            title = escaped(branch or f"each of {step.id}")
            yield f'{indent}subgraph {number[step.id]}_{order}["{title}"]'
            yield from boxes(inner, number, indent + "  ")
            yield f"{indent}end"


def escaped(label: str) -> str:
    """A label that Mermaid shows as it stands, whatever is in it."""
    plain = " ".join(label.split())
    return "".join(c if c.isalnum() or c in " _.,-" else f"#{ord(c)};" for c in plain)


def text(graph: Graph, workflow: Workflow) -> str:
    """The graph as lines for a terminal: each step with the ways out of it."""
    ways_: dict[str, list[Edge]] = {step: [] for step in graph.nodes}
    for edge in drawn(graph, workflow):
        ways_[edge.source].append(edge)
    deep = {step: 2 * depth(graph, step) for step in graph.nodes}
    wide = max(len(step) + deep[step] for step in graph.nodes)
    lines = []
    for step in all_steps(workflow):
        if workflow.finally_ and step is workflow.finally_[0]:
            lines.append("finally")
        head = f"{' ' * deep[step.id] + step.id:<{wide}}  {step.kind:<8}"
        arrows = [arrow_to(edge) for edge in ways_[step.id]] or [""]
        lines += [f"{head}{arrows[0]}".rstrip()]
        lines += [" " * len(head) + arrow for arrow in arrows[1:]]
    return "\n".join(lines) + "\n"


def depth(graph: Graph, step: str) -> int:
    """In how many branches and loops a step stands."""
    inside = graph.nodes[step].inside
    if inside in OUTERMOST:
        return 1 if inside == FINALLY else 0
    return 1 + depth(graph, inside.partition("/")[0])


def arrow_to(edge: Edge) -> str:
    label = " ".join(edge.label.split())
    return f"  → {edge.target}" + (f"  ({label})" if label else "")
