"""Everything that can be told of a file before it runs, beyond its shape."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from msgspec.structs import replace

from engine.definition.checks import texts
from engine.definition.checks.arms import check_branch_ids, check_holding, seen_from
from engine.definition.checks.begins import check_begins
from engine.definition.checks.checking import Checking, Known
from engine.definition.checks.complete import check_complete
from engine.definition.checks.context import (
    check_context,
    check_parameters,
    check_required,
)
from engine.definition.checks.flow import Ways, check_steps, check_ways
from engine.definition.checks.lists import in_finally, lists_of
from engine.definition.checks.names import Names, Paths
from engine.definition.checks.reading import check_text, names_in
from engine.definition.checks.texts import Text
from engine.definition.checks.tools import check_tools
from engine.definition.checks.unattended import check_unattended
from engine.definition.checks.used import Library, check_agent, check_origin, check_use
from engine.definition.checks.variants import check_variants
from engine.definition.kinds import Approval, Artifact, Llm, Use
from engine.definition.link import link_all, link_step
from engine.definition.marks import Path
from engine.definition.model import (
    Agent,
    ArtifactTemplate,
    Problem,
    Source,
    Step,
    StepTemplate,
    Workflow,
    all_steps,
)
from engine.definition.parse import Parsed
from engine.definition.spot import TooMany
from engine.definition.unfold import CALL, asks_by_tools

__all__ = ["Known", "check"]

NOTHING_KNOWN = Known()
# Beyond this many steps nobody asks which may run before which: it grows by the square.
MOST_ORDERED = 1000


def check(
    parsed: Parsed, library: Library, known: Known = NOTHING_KNOWN
) -> list[Problem]:
    """The problems of a file that its shape does not show, in the order of its lines.

    Where `parse` has told problems, what could be read in spite of them is checked.
    """
    checking = Checking(parsed.path, parsed.marks, [], known.broken)
    with suppress(TooMany):
        check_draft(checking, parsed, library, known)
    return sorted(checking.problems, key=lambda p: (p.line, p.column))


def check_draft(
    checking: Checking, parsed: Parsed, library: Library, known: Known
) -> None:
    match parsed.draft:
        case Workflow() as workflow:
            whole = parsed.definition is not None
            check_workflow(checking, workflow, library, known, whole)
        case StepTemplate() as template:
            check_step_template(checking, template, library, known)
        case ArtifactTemplate(body=body):
            for text in texts.of_artifact(body, ()):
                check_text(checking, text, Names(env=known.env, secrets=known.secrets))
        case Source() as source:
            check_source(checking, source, library, known)
        case Agent() as agent:
            check_agent(checking, agent, library, known)
            check_tools(checking, agent, library, known)
            for text in texts.some((), system=agent.system):
                check_text(checking, text, Names(env=known.env, secrets=known.secrets))


# Workflows


def check_workflow(
    checking: Checking, workflow: Workflow, library: Library, known: Known, whole: bool
) -> None:
    check_begins(checking, workflow)
    if workflow.variants is not None:
        check_variants(checking, workflow, workflow.variants, library)
        return
    lists = lists_of(checking, workflow)
    sound = check_steps(checking, lists)
    check_branch_ids(checking, lists)
    check_context(checking, workflow, library, known)
    linked = {
        step.id: link_step(step, library) for step in all_steps(workflow) if step.id
    }
    check_required(checking, lists, linked)
    ways = None
    if whole and sound:
        steps = link_all(workflow.steps, library)
        finally_ = link_all(workflow.finally_, library)
        ways = Ways(replace(workflow, steps=steps, finally_=finally_))
        check_ways(checking, lists, ways)
        check_unattended(checking, lists, linked, workflow.context, library, ways)
    names = Names(
        inputs=workflow.inputs,
        context=Paths(workflow.context),
        env=known.env,
        secrets=known.secrets,
    )
    if workflow.eligible is not None:
        text = Text(("eligible",), workflow.eligible, "expression", judges=True)
        before = replace(names, ran=None, branches={})
        check_text(checking, text, before)
    for listed in lists:
        seen = seen_from(listed, lists, linked, names)
        for step, place in listed.places():
            if in_finally(listed):
                check_asks_nobody(checking, step, linked, library, place)
            check_use(checking, step, place, library, known)
            check_complete(checking, step, linked, library, place)
            check_holding(checking, step, place, seen)
            check_step_texts(checking, step, place, library, seen, ways)


def check_asks_nobody(
    checking: Checking,
    step: Step,
    linked: Mapping[str, Step],
    library: Library,
    place: Path,
) -> None:
    """A gate at the end: used by name, or before a tool. One that stands there is told
    before."""
    does = linked[step.id].do if step.id else None
    agent = library.get(f"agent/{does.agent}") if isinstance(does, Llm) else None
    by_tools = isinstance(agent, Agent) and asks_by_tools(agent, library)
    if by_tools or (isinstance(step.do, Use) and isinstance(does, Approval)):
        at = (*place, "use") if isinstance(step.do, Use) else (*place, "llm")
        told = f"`{step.id}` asks: a run that has ended asks nobody"
        checking.tell(at, told, "ask before the end")


def check_step_texts(
    checking: Checking,
    step: Step,
    place: Path,
    library: Library,
    names: Names,
    ways: Ways | None,
) -> None:
    """All that a step reads: what stands in it, and in what it uses."""
    before, after = names, names
    if ways is not None and step.id and len(ways.ids) <= MOST_ORDERED:
        before = replace(
            names, own=step.id, ran=lambda other: step.id in ways.after(other)
        )
        after = replace(names, ran=lambda o: o == step.id or step.id in ways.after(o))
    for text in (*texts.of_when(step, place), *texts.of_with(step.with_, place)):
        check_text(checking, text, before)
    for text in texts.of_routes(step, place):
        check_text(checking, text, after)
    template = template_of(step, library)
    if template is not None:
        check_template_texts(checking, step, template, place, library, before, after)
        before, after = (
            inside_template(template, before),
            inside_template(template, after),
        )
    for text in (*texts.of_requires(step, place), *texts.of_work(step, place)):
        check_text(checking, text, before)
    for text in texts.of_undo(step, place):
        check_text(checking, text, after)
    check_used_texts(checking, step, place, library, before)


def template_of(step: Step, library: Library) -> StepTemplate | None:
    found = library.get(f"step/{step.do.name}") if isinstance(step.do, Use) else None
    return found if isinstance(found, StepTemplate) else None


def inside_template(template: StepTemplate, names: Names) -> Names:
    whose = f"the step template `{template.name}`"
    return replace(names, inputs=template.inputs, inputs_of=whose)


def check_template_texts(
    checking: Checking,
    step: Step,
    template: StepTemplate,
    place: Path,
    library: Library,
    before: Names,
    after: Names,
) -> None:
    """What a template reads of the workflow that uses it, told where it is used."""
    of, at, body = (
        f"the step template `{template.name}`",
        (*place, "use"),
        template.body,
    )
    if step.when is None:
        for text in texts.of_when(body, ()):
            check_text(checking, text, before, of, at)
    before, after = inside_template(template, before), inside_template(template, after)
    for text in texts.of_work(body, ()):
        check_text(checking, text, before, of, at)
    if not step.requires:
        for text in texts.of_requires(body, ()):
            check_text(checking, text, before, of, at)
    if step.undo is None:
        for text in texts.of_undo(body, ()):
            check_text(checking, text, after, of, at)
    check_used_texts(checking, body, place, library, before, at)


def check_used_texts(
    checking: Checking,
    step: Step,
    place: Path,
    library: Library,
    names: Names,
    at: Path | None = None,
) -> None:
    """What an artifact template or an agent reads, told where it is used."""
    match step.do:
        case Artifact(use=str(name)):
            found = library.get(f"artifact/{name}")
            if isinstance(found, ArtifactTemplate):
                of, at = (
                    f"the artifact template `{name}`",
                    at or (*place, "artifact", "use"),
                )
                for text in texts.of_artifact(found.body, ()):
                    check_text(checking, text, names, of, at)
        case Llm(agent=str(name), system=system):
            agent = library.get(f"agent/{name}")
            if isinstance(agent, Agent):
                of, at = f"the agent `{name}`", at or (*place, "llm", "agent")
                own = agent.system if system is None else ""
                for text in texts.some((), system=own):
                    check_text(checking, text, names, of, at)
                check_tool_texts(checking, agent, library, names, at)


def check_tool_texts(
    checking: Checking, agent: Agent, library: Library, names: Names, at: Path
) -> None:
    """What an agent's tools read of the workflow, told where the agent is asked."""
    calling = replace(names, items=names.items | {CALL})
    for tool in agent.tools:
        template = library.get(f"step/{tool.use}")
        if not isinstance(template, StepTemplate):
            continue
        of = f"the tool `{tool.use}`"
        inside = inside_template(template, calling)
        for text in (*texts.of_with(tool.with_, ()), *texts.of_approve(tool, ())):
            check_text(checking, text, calling, of, at)
        for text in texts.of_work(template.body, ()):
            check_text(checking, text, inside, of, at)


# The other kinds of file. What they read of a workflow is checked where it uses them.


def check_step_template(
    checking: Checking, template: StepTemplate, library: Library, known: Known
) -> None:
    body = template.body
    whose = "the step template"
    names = Names(
        inputs=template.inputs, inputs_of=whose, env=known.env, secrets=known.secrets
    )
    check_use(checking, body, (), library, known)
    for text in texts.of_when(body, ()):
        read = names_in(text) if readable(checking, text) else set()
        if any(name[0] == "inputs" for name in read):
            hint = "put the `when` on the step that uses it"
            refused = "`when` can't read the inputs of a step template"
            checking.tell(("when",), refused, hint)
    for text in (
        *texts.of_requires(body, ()),
        *texts.of_work(body, ()),
        *texts.of_undo(body, ()),
    ):
        check_text(checking, text, names)


def readable(checking: Checking, text: Text) -> bool:
    before = len(checking.problems)
    check_text(checking, text, Names())
    return len(checking.problems) == before


def check_source(
    checking: Checking, source: Source, library: Library, known: Known
) -> None:
    names = Names(
        inputs=source.inputs,
        inputs_of="the source",
        ran=None,
        env=known.env,
        secrets=known.secrets,
    )
    check_origin(checking, source.body, (), library, known)
    check_parameters(checking, source.body, (), names)
    for text in texts.of_source(source.body, ()):
        check_text(checking, text, names)
