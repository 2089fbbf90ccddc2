"""What of its context a workflow needs before its first step, and what its later steps.

The first steps need what they read. So do the rules: a `when`, a route, an `in` or a
`cancel_when` is read in the middle of a decision, where nothing can be looked up. What
nobody reads is looked up at the start as well, for who reads the run later. All else is
put off until the first step that needs it is ready.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from engine.definition.checks import texts as t
from engine.definition.checks.reading import names_in
from engine.definition.checks.texts import Text
from engine.definition.checks.used import parameters
from engine.definition.graph import TOP, list_name
from engine.definition.kinds import Llm
from engine.definition.model import (
    ContextSource,
    ForEach,
    Parallel,
    Step,
    Workflow,
    all_steps,
    lists_in,
)
from engine.machine.readings import Name, agents_of, reads

if TYPE_CHECKING:
    from engine.machine.plan import Plan


class Needs(Struct, frozen=True):
    """Names of the context in the order of the file: for the start, and by step."""

    first: tuple[str, ...]
    by_step: dict[str, tuple[str, ...]]

    @property
    def users_of_first(self) -> list[str]:
        """The steps that need something of what is looked up at the start."""
        first = {*self.first}
        return [step for step, names in self.by_step.items() if first & {*names}]


def needs(plan: Plan) -> Needs:
    workflow = plan.workflow
    steps = [*all_steps(workflow)]
    by_step = {step.id: all_behind(workflow, read_by(plan, step)) for step in steps}
    at_once = {name for step in steps for name in read_by_the_rules(step)}
    first = {*all_behind(workflow, at_once)}
    first |= workflow.context.keys() - {n for names in by_step.values() for n in names}
    for step in first_steps(plan):
        first.update(by_step[step])
    return Needs(tuple(n for n in workflow.context if n in first), by_step)


def all_behind(workflow: Workflow, wanted: Iterable[Name]) -> tuple[str, ...]:
    """The names of the context that lead to what is wanted, and what those are made of.

    Names of which one leads into another come together.
    """
    known, found = {*wanted}, set[str]()
    while more := {
        name
        for name in workflow.context.keys() - found
        if any(meets(tuple(name.split(".")), read) for read in known)
    }:
        found |= more
        for name in more:
            known.add(tuple(name.split(".")))
            known.update(read_by_source(workflow, workflow.context[name]))
    return tuple(name for name in workflow.context if name in found)


def meets(name: Name, read: Name) -> bool:
    """Whether one leads to the other: `data` to `data.usage`, and back."""
    return all(one == other for one, other in zip(name, read, strict=False))


def read_by_source(workflow: Workflow, source: ContextSource) -> Iterator[Name]:
    """The names of a source, and those of the one it uses by name."""
    for text in (*t.of_source(source, ()), *t.of_with(source.with_, ())):
        yield from names_in(text)
    for parameter in parameters(source.sql or ""):
        yield (parameter,)
    if source.source in workflow.sources:
        body = workflow.sources[source.source].body
        yield from (n for n in read_by_source(workflow, body) if n[0] != "inputs")


def read_by(plan: Plan, step: Step) -> Iterator[Name]:
    """What a step reads, whoever of its agents is asked, and what undoes it."""
    yield from reads(plan, step)
    for text in t.of_undo(step, ()):
        yield from names_in(text)
    if isinstance(step.do, Llm):
        for name in agents_of(plan.workflow, step.do):
            if name in plan.workflow.agents:
                system = plan.workflow.agents[name].system
                yield from (n for text in t.some((), s=system) for n in names_in(text))


def read_by_the_rules(step: Step) -> Iterator[Name]:
    """What is read while it is decided where a run goes."""
    for text in (*t.of_when(step, ()), *t.of_routes(step, ()), *within(step)):
        yield from names_in(text)


def within(step: Step) -> Iterator[Text]:
    """What decides which arms a step has, and when one of them ends."""
    match step.do:
        case ForEach(items=items, key=key):
            yield Text((), items, "expression")
            if key is not None:
                yield Text((), key, "expression")
        case Parallel(branches=branches):
            for branch in branches:
                if branch.cancel_when is not None:
                    yield Text((), branch.cancel_when, "expression")


def first_steps(plan: Plan, inside: str = TOP) -> Iterator[str]:
    """The steps that a run comes to at once, also in the arms of its first ones."""
    for step_id in plan.graph.starts[inside]:
        yield step_id
        for arm in lists_in(plan.steps[step_id]):
            yield from first_steps(plan, list_name(step_id, arm))
