"""What a run is sure to come to, as far as that can be told before it begins.

A run that goes well passes a step where no way to the end leads around it: not one that
a `when` may skip, or that stands behind one route of several. Gates are passed with a
yes; branches and loops are gone into. Of a step that may never be come to nobody is
asked anything beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.definition.graph import END, TOP, Edge, list_name
from engine.definition.kinds import Approval, Llm, SubRun
from engine.definition.model import (
    CONTAINERS,
    Calls,
    Parallel,
    Step,
    every_step,
    lists_in,
)
from engine.machine.guards import reached
from engine.machine.plan import Plan

Whens = tuple[str, ...]
Ways = dict[str, list[str]]
START = ""  # before the first step, in `Ways`


def sure(plan: Plan) -> dict[str, Whens]:
    """The steps that a run which goes well comes to, unless one of these is false."""
    return dict(_sure_in(plan, TOP, ()))


def after_paying(plan: Plan) -> frozenset[str]:
    """The steps before which, or beside which, something may have been paid for."""
    ways = _ways(plan, TOP, plan.edges)
    found: set[str] = set()
    for paid in (step for step in plan.workflow.steps if _costs(step)):
        behind = reached(ways, ways.get(paid.id, [])) - {END}
        found |= behind | ({paid.id} if lists_in(paid) else set())
    inner = (every_step((plan.steps[name],)) for name in found)
    return frozenset(step.id for steps in inner for step in steps)


def _costs(step: Step) -> bool:
    """Whether it asks a model, or holds or starts what may."""
    return any(isinstance(each.do, (Llm, SubRun)) for each in every_step((step,)))


def _sure_in(plan: Plan, inside: str, whens: Whens) -> Iterator[tuple[str, Whens]]:
    """Those of a list, and of the lists in them; `whens` are of all around it."""
    for name in _passed_in(plan, inside):
        step = plan.steps[name]
        own = whens if step.when is None else (*whens, step.when)
        yield name, own
        if isinstance(step.do, CONTAINERS) and _is_gone_into(step):
            for arm in lists_in(step):
                yield from _sure_in(plan, list_name(name, arm), own)


def _is_gone_into(step: Step) -> bool:
    match step.do:
        case Parallel(branches=branches, join=join):
            return join == "all" and all(b.cancel_when is None for b in branches)
        case Calls():
            return False  # nobody knows what a model will ask for
        case _:
            return True


def _passed_in(plan: Plan, inside: str) -> Iterable[str]:
    starts = plan.graph.starts[inside]
    if inside in plan.graph.graphs:
        own = plan.lists[inside]
        return starts if any(plan.node(step).routes for step in own) else own
    well = (edge for edge in plan.edges if not _goes_ill(plan, edge))
    return _passed(_ways(plan, inside, well) | {START: [*starts]})


def _passed(ways: Ways) -> Iterator[str]:
    """What stands on every way from the start to the end.

    Along one way, a step is on all the others where nothing before it leads beyond it.
    """
    way = _shortest(ways)
    place = {step: number for number, step in enumerate(way)}
    farthest, seen = 0, set[str]()
    for number, step in enumerate(way):
        if 0 < number == farthest and step != END:
            yield step
        waiting = [step]
        while waiting:
            for target in ways.get(waiting.pop(), []):
                if target in place:
                    farthest = max(farthest, place[target])
                elif target not in seen:
                    seen.add(target)
                    waiting.append(target)


def _shortest(ways: Ways) -> list[str]:
    """One way from the start to the end; none where there is no end."""
    before, waiting = {START: START}, [START]
    for step in waiting:
        for target in ways.get(step, []):
            if target not in before:
                before[target] = step
                waiting.append(target)
    if END not in before:
        return []
    way = [END]
    while way[-1] != START:
        way.append(before[way[-1]])
    return way[::-1]


def _ways(plan: Plan, inside: str, edges: Iterable[Edge]) -> Ways:
    """Those of these edges that lead from step to step of one list, or to its end."""
    found: Ways = {}
    for edge in edges:
        target = edge.target
        stays = target == END or plan.node(target).inside == inside
        if stays and plan.node(edge.source).inside == inside:
            found.setdefault(edge.source, []).append(target)
    return found


def _goes_ill(plan: Plan, edge: Edge) -> bool:
    """Whether a way is that of a failure, or of a gate that is not answered yes."""
    step, node = plan.steps[edge.source], plan.node(edge.source)
    if not isinstance(step.do, Approval):
        return edge.label == "failed" and edge.target == node.on_error
    yes = {choice.name for choice in step.do.choices if choice.approves}
    return bool(yes) and edge.label not in (*yes, "skipped")
