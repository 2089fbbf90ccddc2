"""Where steps lead: targets that exist, an end that can be reached, no way in vain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from engine.definition.checks.checking import Checking
from engine.definition.checks.lists import Listed
from engine.definition.graph import END, FINALLY, OUTERMOST, compile_graph, edges
from engine.definition.kinds import Approval, Fail
from engine.definition.marks import Path
from engine.definition.model import Step, Workflow, all_steps
from engine.definition.shapes.gate import ENDINGS
from engine.definition.words import among, did_you_mean


def check_steps(checking: Checking, lists: list[Listed]) -> bool:
    """Tell wrong ids, targets and routes. True when the ways can be followed."""
    before = len(checking.problems)
    check_ids(checking, lists)
    for listed in lists:
        ids = dict.fromkeys(step.id for step in listed.steps if step.id)
        for step, place in listed.places():
            check_targets(checking, step, place, ids)
            if listed.is_graph:
                check_graph_step(checking, step, place)
            elif isinstance(step.do, Approval):
                check_gate_routes(checking, step, step.do, place)
            else:
                check_routes(checking, step, place)
    return len(checking.problems) == before


def check_ids(checking: Checking, lists: list[Listed]) -> None:
    """An id is one step's in the whole file: it says which, wherever it stands."""
    seen: dict[str, str] = {}
    for step, place in (each for listed in lists for each in listed.places()):
        spoken = step.id.replace("-", "_")
        other = seen.get(spoken)
        if other is None or not step.id:
            seen[spoken] = step.id
        elif other == step.id:
            told = f"two steps are called `{step.id}`"
            checking.tell((*place, "id"), told, "rename one")
        else:
            same = f"`{step.id}` and `{other}` are the same name in a template"
            checking.tell((*place, "id"), same, "rename one")


def check_targets(
    checking: Checking, step: Step, place: Path, known: Collection[str]
) -> None:
    for number, route in enumerate(step.route):
        if route.to != END and route.to not in known:
            unknown_step(checking, (*place, "route", number, "to"), route.to, known)
    for number, need in enumerate(step.needs or ()):
        path = (*place, "needs", number)
        if need == step.id:
            checking.tell(path, f"`{need}` needs itself", "remove it")
        elif need not in known:
            unknown_step(checking, path, need, known)
    kind, _, target = step.on_error.partition(":")
    if kind == "route" and target != END and target not in known:
        unknown_step(checking, (*place, "on_error"), target, known)
    if isinstance(step.do, Approval) and step.do.on_timeout:
        kind, _, target = step.do.on_timeout.partition(":")
        if kind == "route" and target != END and target not in known:
            path = (*place, "approval", "on_timeout")
            unknown_step(checking, path, target, known)


def unknown_step(
    checking: Checking, path: Path, name: str, known: Collection[str]
) -> None:
    hint = did_you_mean(name, [*known, END], f"the steps are {among(known)}")
    checking.tell(path, f"there is no step `{name}`", hint)


def check_routes(checking: Checking, step: Step, place: Path) -> None:
    certain = None
    for number, route in enumerate(step.route):
        path = (*place, "route", number)
        if route.choice is not None:
            hint = "say `when`, or put the route on the gate"
            checking.tell((*path, "choice"), f"`{step.id}` asks nobody", hint)
        if certain is not None:
            hint = "give the one before a `when`, or remove this"
            checking.tell(path, "this route is never reached", hint)
        elif route.when is None:
            certain = number
    if step.route and certain is None and all(r.when for r in step.route):
        hint = "end the list with `- {to: …}`, without a `when`"
        path = (*place, "route")
        checking.tell(path, "no route is left when none matches", hint, at_key=True)


def check_gate_routes(
    checking: Checking, step: Step, gate: Approval, place: Path
) -> None:
    choices = [choice.name for choice in gate.choices]
    certain: set[str] = set()
    for number, route in enumerate(step.route):
        path = (*place, "route", number)
        if route.choice is None:
            hint = "say which `choice` it is for: without one it follows a no as well"
            checking.tell(path, "a route out of a gate needs a `choice`", hint)
            continue
        if route.choice not in (*choices, *ENDINGS):
            hint = did_you_mean(
                route.choice, [*choices, *ENDINGS], f"they are {among(choices)}"
            )
            unknown = f"the gate has no choice `{route.choice}`"
            checking.tell((*path, "choice"), unknown, hint)
        if route.choice == "expired" and gate.on_timeout != "expire":
            hint = "say `timeout` and `on_timeout: expire`, or remove this"
            checking.tell((*path, "choice"), "this gate never expires", hint)
        if route.choice in certain:
            hint = "give the one before a `when`, or remove this"
            checking.tell(path, "this route is never reached", hint)
        if route.when is None:
            certain.add(route.choice)


def check_graph_step(checking: Checking, step: Step, place: Path) -> None:
    """In a graph what follows is said by `needs` alone."""
    if step.route:
        hint = "use `when`, or write it as a list without `needs`"
        both = "a list with `needs` has no routes"
        checking.tell((*place, "route"), both, hint, at_key=True)
    if step.on_error.startswith("route:"):
        hint = "choose fail or continue"
        told = "a list with `needs` has no routes"
        checking.tell((*place, "on_error"), told, hint)
    gate = step.do
    if isinstance(gate, Approval) and (gate.on_timeout or "").startswith("route:"):
        path = (*place, "approval", "on_timeout")
        hint = "choose expire, fail or remind"
        checking.tell(path, "a list with `needs` has no routes", hint)


# What can be reached


class Ways:
    """Which step can come after which, along every way a run can go.

    A way into a step that holds steps leads on into them, and out of the last of them
    to what follows it. In a list with needs each step without dependents is a last one.
    """

    def __init__(self, workflow: Workflow) -> None:
        graph = compile_graph(workflow)
        self.graph = graph
        self.finally_ = graph.starts.get(FINALLY, ())
        self.first = (*graph.first, *self.finally_)
        self.ids = list(graph.nodes)
        self.onward: dict[str, list[str]] = {step: [] for step in self.ids}
        self.known: dict[str, set[str]] = {}
        self.ends: set[str] = set()
        self._own: dict[str, list[str]] = {step: [] for step in self.ids}
        self._leaves: dict[str, list[str]] = {}
        for edge in edges(graph, workflow):
            self._own[edge.source].append(edge.target)
        for step in all_steps(workflow):
            self._lead_on(step)
        self._lead_to_the_end()

    def _lead_on(self, step: Step) -> None:
        node = self.graph.nodes[step.id]
        targets = list(self._own[step.id])
        last = node.inside in self.graph.graphs and not node.dependents
        if last or isinstance(step.do, Fail):
            targets.append(END)
        for target in targets:
            onward = self.out_of(node.inside) if target == END else [target]
            self.onward[step.id] += onward
            if not onward:
                self.ends.add(step.id)

    def _lead_to_the_end(self) -> None:
        """Whatever step a run ends with, what is always done comes after it."""
        if self.finally_:
            last = self.reached(self.finally_)
            for step in self.ids:
                if step not in last:
                    self.onward[step] += self.finally_

    def out_of(self, inside: str) -> list[str]:
        """Where a list leads when it has come to its end; nowhere: that of the run."""
        if inside in OUTERMOST:
            return []
        if inside not in self._leaves:
            container = inside.partition("/")[0]
            self._leaves[inside] = self.skipping(container)
        return self._leaves[inside]

    def skipping(self, step: str) -> list[str]:
        """What comes after a step whether or not it does anything."""
        node = self.graph.nodes[step]
        if node.inside in self.graph.graphs:
            return list(node.dependents) or self.out_of(node.inside)
        targets = [route.to for route in node.routes]
        targets += [node.on_error] if node.on_error else []
        found = [target for target in targets if target != END]
        if node.next:
            found.append(node.next)
        ends = not node.next or END in targets
        return [*found, *(self.out_of(node.inside) if ends else ())]

    def after(self, step: str) -> set[str]:
        """All that can come after a step; itself too, when a loop leads back."""
        if step not in self.known:
            self.known[step] = self.reached(self.onward[step])
        return self.known[step]

    def reached(self, begin: Iterable[str]) -> set[str]:
        return closure_of(begin, self.onward)

    def ending(self) -> set[str]:
        """The steps from which a way leads to an end."""
        back: dict[str, list[str]] = {step: [] for step in self.ids}
        for step, targets in self.onward.items():
            for target in targets:
                back[target].append(step)
        return closure_of(self.ends, back)


def closure_of(begin: Iterable[str], ways: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(begin)
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting += ways[step]
    return found


def check_ways(checking: Checking, lists: list[Listed], ways: Ways) -> None:
    """Tell cycles of needs, steps that are never reached, and ways without an end."""
    circles = [listed for listed in lists if listed.is_graph]
    told = sum(check_cycles(checking, listed, ways) for listed in circles)
    if told:
        return
    reached, ending = ways.reached(ways.first), ways.ending()
    for step, place in (each for listed in lists for each in listed.places()):
        if step.id not in reached:
            hint = "route to it, or remove it"
            lost = f"the step `{step.id}` is never reached"
            checking.tell((*place, "id"), lost, hint)
        elif step.id not in ending:
            hint = "give the loop a route that leads out of it"
            endless = f"from `{step.id}` no way leads to an end"
            checking.tell((*place, "id"), endless, hint)


def check_cycles(checking: Checking, listed: Listed, ways: Ways) -> int:
    """Tell steps that wait for each other; how often."""
    told: set[str] = set()
    needs = {step.id: ways.graph.nodes[step.id].dependents for step in listed.steps}
    count = 0
    for step, place in listed.places():
        if step.id in told or step.id not in closure_of(needs[step.id], needs):
            continue
        circle = circle_of_needs(step.id, needs)
        told |= set(circle)
        chain = " needs ".join(f"`{name}`" for name in circle)
        message = f"these steps wait for each other: {chain}"
        hint = "remove one of these needs"
        checking.tell((*place, "needs"), message, hint, at_key=True)
        count += 1
    return count


def circle_of_needs(start: str, onward: Mapping[str, Sequence[str]]) -> list[str]:
    """From a step by what it needs back to it, on the shortest way."""
    needed: dict[str, str] = {}
    waiting = [start]
    while start not in needed:
        step = waiting.pop(0)
        for dependent in onward[step]:
            if dependent not in needed:
                needed[dependent] = step
                waiting.append(dependent)
    circle = [start, needed[start]]
    while circle[-1] != start:
        circle.append(needed[circle[-1]])
    return circle
