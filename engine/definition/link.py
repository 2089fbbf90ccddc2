"""Putting the definitions that a workflow uses inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from engine.definition.kinds import Approval, Artifact, Fallback, Llm, SubRun, Use
from engine.definition.model import (
    Agent,
    ArtifactTemplate,
    Definition,
    Problem,
    Source,
    Step,
    StepTemplate,
    Workflow,
    all_steps,
    with_lists,
)
from engine.definition.replacing import link_use
from engine.definition.unfold import asks_by_tools, unfold_all
from engine.errors import InvalidDefinition

D = TypeVar("D", StepTemplate, ArtifactTemplate, Agent, Source)
Library = Mapping[str, Definition]


def uses(definition: Definition) -> tuple[str, ...]:
    """The keys of the definitions this one names: `step/x`, `agent/z` …"""
    return tuple(dict.fromkeys(named_by(definition)))


def closure(definition: Definition, library: Library) -> tuple[str, ...]:
    """All that a definition uses, also through what it uses; unknown keys included."""
    found: dict[str, None] = {}
    waiting = list(uses(definition))
    while waiting:
        key = waiting.pop(0)
        if key not in found:
            found[key] = None
            waiting += uses(library[key]) if key in library else ()
    return tuple(found)


def named_by(definition: Definition) -> Iterator[str]:
    match definition:
        case Workflow(context=context) as workflow:
            for step in all_steps(workflow):
                yield from named_by_step(step)
            for source in context.values():
                if source.source is not None:
                    yield f"source/{source.source}"
            for name in definition.variants.use if definition.variants else ():
                yield f"workflow/{name}"
        case StepTemplate(body=body):
            yield from named_by_step(body)
        case Agent(fallback=instead, tools=tools):
            yield from agents_in(instead)
            yield from (f"step/{tool.use}" for tool in tools)


def agents_in(instead: tuple[Fallback, ...]) -> Iterator[str]:
    return (f"agent/{each.agent}" for each in instead if each.agent is not None)


def named_by_step(step: Step) -> Iterator[str]:
    match step.do:
        case Use(name=name):
            yield f"step/{name}"
        case Artifact(use=str(name)):
            yield f"artifact/{name}"
        case Llm(agent=name, fallback=instead):
            if name is not None:
                yield f"agent/{name}"
            yield from agents_in(instead)
        case SubRun(workflow=name):
            yield f"workflow/{name}"


def link(workflow: Workflow, library: Library) -> Workflow:
    """The workflow with its step templates in place and what it uses beside them.

    Raises InvalidDefinition when something it uses is not in the library.
    """
    lacking = [key for key in closure(workflow, library) if key not in library]
    if lacking:
        raise InvalidDefinition([unknown(workflow, key) for key in lacking])
    linked = replace(
        workflow,
        steps=link_all(workflow.steps, library),
        finally_=link_all(workflow.finally_, library),
    )
    found = [library[key] for key in closure(linked, library)]
    linked = replace(
        linked,
        steps=unfold_all(linked.steps, library),
        finally_=unfold_all(linked.finally_, library),
    )
    return replace(
        linked,
        agents=by_name(found, Agent),
        artifacts=by_name(found, ArtifactTemplate),
        sources=by_name(found, Source),
        children={w.name: w.inputs for w in found if isinstance(w, Workflow)},
        asking=tuple(
            w.name for w in found if isinstance(w, Workflow) and asks(w, library)
        ),
    )


def asks(workflow: Workflow, library: Library) -> bool:
    """Whether a run of it may ask a person, itself or through what it starts."""
    used = [library[key] for key in closure(workflow, library)]
    agents = (each for each in used if isinstance(each, Agent))
    return any(
        isinstance(step.do, Approval)
        for each in (workflow, *used)
        for step in steps_of(each)
    ) or any(asks_by_tools(agent, library) for agent in agents)


def steps_of(definition: Definition) -> Iterator[Step]:
    match definition:
        case Workflow() as workflow:
            yield from all_steps(workflow)
        case StepTemplate(body=body):
            yield body


def link_step(step: Step, library: Library) -> Step:
    """A step that uses a template becomes what the template does. Others stay.

    So do the steps inside of it. What is not in the library is left as it is written.
    """
    match step.do:
        case Use(name=name) if f"step/{name}" in library:
            return link_use(step, step.do, library)
        case _:
            return with_lists(step, lambda steps: link_all(steps, library))


def link_all(steps: tuple[Step, ...], library: Library) -> tuple[Step, ...]:
    return tuple(link_step(step, library) for step in steps)


def by_name(found: list[Definition], kind: type[D]) -> dict[str, D]:
    return {each.name: each for each in found if isinstance(each, kind)}


def unknown(workflow: Workflow, key: str) -> Problem:
    kind, name = key.split("/", 1)
    message = f"`{workflow.name}` uses the {kind} `{name}`, which is not there"
    return Problem(f"workflow/{workflow.name}", 0, 0, message)
