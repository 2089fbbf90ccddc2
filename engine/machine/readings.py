"""What a step reads, and whether it is the same step in two versions."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from engine.definition.checks import texts as t
from engine.definition.checks.reads import template_reads
from engine.definition.checks.texts import Text
from engine.definition.kinds import Artifact, Llm, SubRun
from engine.definition.model import ForEach, Parallel, Step, Workflow, with_lists
from engine.definition.render import expression_names
from engine.machine.falling_back import fallbacks
from engine.machine.plan import Plan

Name = tuple[str, ...]


def reads(plan: Plan, step: Step) -> frozenset[Name]:
    """The dotted names a step reads of its run, also through what it uses.

    The text of a step template reads `inputs` as the values of `with`: not the run's.
    """
    own = [*t.of_with(step.with_, ()), *t.of_when(step, ()), *t.of_routes(step, ())]
    work = [*t.of_work(step, ()), *t.of_requires(step, ()), *_used(plan, step)]
    within = {name for text in work for name in _names(text)}
    if step.template is not None:
        within = {name for name in within if name[0] != "inputs"}
    return frozenset(within.union(*(_names(text) for text in own)))


def shown_by(gate: Step) -> frozenset[Name]:
    """The dotted names that a gate's question is made of, and what it shows."""
    texts = [*t.of_work(gate, ()), *t.of_with(gate.with_, ())]
    return frozenset(name for text in texts for name in _names(text))


def context_reads(workflow: Workflow) -> frozenset[Name]:
    """The dotted names that the sources of the context read."""
    named = [s for s in workflow.context.values() if s.source is not None]
    own = [*workflow.context.values()]
    texts = [
        *(text for source in own for text in t.of_source(source, ())),
        *(text for source in named for text in t.of_with(source.with_, ())),
    ]
    return frozenset(name for text in texts for name in _names(text)) | frozenset(
        ("inputs", word)
        for source in own
        if source.sql is not None
        for word in workflow.inputs
        if f":{word}" in source.sql
    )


def changed(old: Plan, new: Plan, step_id: str) -> str:
    """What is another in the new version about a step that both have; "" if nothing.

    Steps that stand inside of it are compared by themselves.
    """
    before, after = old.steps[step_id], new.steps[step_id]
    if before.kind != after.kind:
        return f"it was {before.kind} and is {after.kind}"
    if _bare(before) != _bare(after):
        return "its text changed"
    match after.do:
        case Llm() as do:
            for name in agents_of(new.workflow, do):
                was, is_ = old.workflow.agents.get(name), new.workflow.agents.get(name)
                if was != is_:
                    return f"its agent {name} changed"
        case Artifact(use=str(name)):
            one, other = old.workflow.artifacts, new.workflow.artifacts
            same = one.get(name) == other.get(name)
            return "" if same else f"its artifact {name} changed"
        case SubRun(workflow=name):
            same = old.workflow.children.get(name) == new.workflow.children.get(name)
            return "" if same else f"the inputs of {name} changed"
    return ""


def agents_of(workflow: Workflow, do: Llm) -> Iterator[str]:
    """Whom an llm step may ask, by name."""
    if do.agent is not None:
        yield do.agent
    for each in fallbacks(workflow, do):
        if each.agent is not None:
            yield each.agent


def context_changed(old: Plan, new: Plan) -> bool:
    one, other = old.workflow, new.workflow
    return (one.context, one.sources) != (other.context, other.sources)


def _bare(step: Step) -> Step:
    """A step without what stands inside of it, and without its title."""
    return replace(with_lists(step, lambda _: ()), title="")


def _used(plan: Plan, step: Step) -> Iterator[Text]:
    match step.do:
        case Artifact(use=str(name)) if name in plan.workflow.artifacts:
            yield from t.of_artifact(plan.workflow.artifacts[name].body, ())
        case Llm(agent=str(name)) if name in plan.workflow.agents:
            yield from t.some((), system=plan.workflow.agents[name].system)
        case ForEach(key=str(key)):
            yield Text((), key, "expression")
        case Parallel(branches=branches):
            for branch in branches:
                if branch.cancel_when is not None:
                    yield Text((), branch.cancel_when, "expression")


def _names(text: Text) -> set[Name]:
    match text.kind:
        case "expression":
            return set(expression_names(text.source))
        case "name":
            return {tuple(text.source.split("."))}
        case "template":
            return set(template_reads(text.source))
