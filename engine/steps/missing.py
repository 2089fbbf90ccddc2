"""Finding out what a step lacks before anything is paid for, and asking for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engine.context.lookup import join, lacking, lacking_for, lookup
from engine.definition.kinds import (
    Approval,
    Artifact,
    Elsewhere,
    Fail,
    Http,
    Llm,
    Python,
    Section,
    Shell,
    Sql,
    SubRun,
    Wait,
)
from engine.definition.kinds import SetValues as Set
from engine.definition.model import Step, Workflow
from engine.definition.render import evaluate
from engine.definition.template_values import ABSENT
from engine.machine.fitting import misfit
from engine.machine.putting import is_within
from engine.machine.state import ValuesAwaited
from engine.steps.work import Waits, Work, failed

Json = Any
Scope = dict[str, Json]
Names = list[str]


def lacked(work: Work) -> Waits | None:
    """A wait for the context values that the step needs and the run does not have, or
    has otherwise than the step `requires` them.

    Raises StepFailed where something else is missing, which nobody can give, or where
    the step says itself how it goes on after a failure.
    """
    step = work.step
    missing = lacking_in(work.scope, step, work.workflow, work.state.inputs)
    unfit = unfit_in(work.scope, step, work.state.inputs, work.redact)
    if not (missing or unfit):
        return None
    names = tuple(dict.fromkeys([*missing, *unfit]))
    if secret := next((n for n in missing if n.startswith("secrets.")), None):
        raise failed(
            "missing",
            f"{secret} is not there: {work.why_no_secret(secret.partition('.')[2])}",
        )
    if step.on_error == "fail" and all(
        leads_into_context(work.workflow, name) for name in names
    ):
        return Waits(None, ValuesAwaited(names, unfit=unfit))
    told = [f"{name} {words}" for name, words in unfit.items()]
    if missing:
        gone = join([*dict.fromkeys(missing)])
        told.append(f"missing {gone}; the run's inputs and context don't have it")
    raise failed("missing", "; ".join(told))


def leads_into_context(workflow: Workflow, name: str) -> bool:
    """Whether it is a name of the context, or leads into one: it can be given."""
    return any(is_within(name, each) for each in workflow.context)


def lacking_in(scope: Scope, step: Step, workflow: Workflow, inputs: Scope) -> Names:
    """What a step is sure to need and a scope does not have; `inputs` are the run's.

    What it requires must have a value: None is none. A step that uses a template may
    require an input of the run as well as its own.
    """
    of_run = {**scope, "inputs": inputs}
    if step.template is not None and (lacks := lacking(of_run, step.with_)):
        return lacks  # without it nobody can tell what its template lacks
    scopes = (scope, of_run)
    missing = [n for n in step.requires if not any(has(s, n) for s in scopes)]
    missing += [name for name in shown_by(step, workflow) if not is_in(scope, name)]
    missing += lacking(scope, list(templates(step, workflow)))
    for section in sections_if(step, workflow):
        lacks = lacking_for(scope, section.when or "")
        if not lacks and evaluate(section.when or "", scope):
            lacks = lacking(scope, list(texts_of(section)))
        missing += lacks
    if isinstance(step.do, Wait) and step.do.until is not None:
        missing += lacking_for(scope, step.do.until)
    return missing


def unfit_in(
    scope: Scope, step: Step, inputs: Scope, redact: Callable[[Json], Json]
) -> dict[str, str]:
    """In what the values do not fit what a step says of them, by name.

    They are looked for as in `lacking_in`, and told without the secrets in them.
    """
    scopes = (scope, {**scope, "inputs": inputs})
    found: dict[str, str] = {}
    for name, field in step.types.items():
        seen = next((each for each in scopes if has(each, name)), None)
        value = lookup(seen, name.split(".")) if seen is not None else None
        if value is not None and (words := misfit(field, value, redact)):
            found[name] = words
    return found


def has(scope: Scope, name: str) -> bool:
    return lookup(scope, name.split(".")) not in (ABSENT, None)


def is_in(scope: Scope, name: str) -> bool:
    return lookup(scope, name.split(".")) is not ABSENT


def shown_by(step: Step, workflow: Workflow) -> Iterator[str]:
    """The names that are shown or kept as they are."""
    if isinstance(step.do, Approval):
        yield from (*step.do.show, *step.do.complete)
    if isinstance(step.do, Artifact):
        yield from body_of(step.do, workflow).data


def sections_if(step: Step, workflow: Workflow) -> Iterator[Section]:
    """The sections of a document that may be left out."""
    if isinstance(step.do, Artifact):
        body = body_of(step.do, workflow)
        yield from (section for section in body.sections if section.when is not None)


def texts_of(section: Section) -> Iterator[Json]:
    yield from (section.heading, section.text, section.items)


def templates(step: Step, workflow: Workflow) -> Iterator[Json]:
    """The texts that are rendered whatever happens, alone or inside of values."""
    match step.do:
        case Llm() as do:
            agent = workflow.agents.get(do.agent or "")
            yield from (do.prompt, do.system or (agent.system if agent else ""))
        case Shell() as do:
            yield from (do.run, do.env, do.stdin, do.cwd)
        case Http() as do:
            yield from (do.url, do.headers, do.json, do.body)
        case Artifact() as do:
            body = body_of(do, workflow)
            yield from (do.title or body.title, do.to or body.to)
            yield from (tuple(texts_of(s)) for s in body.sections if s.when is None)
        case Approval() as do:
            yield from (do.title, do.text)
        case Set() as do:
            yield do.values
        case Fail() as do:
            yield do.message
        case SubRun():
            yield step.with_
        case Sql(with_=given) | Python(with_=given):
            yield given
        case Wait(file=str(file)):
            yield file
        case Wait(decision=Elsewhere(run=run, step=of)):
            yield (run, of)


def body_of(do: Artifact, workflow: Workflow) -> Artifact:
    """The document a step makes: the template it uses, or what it says itself."""
    return workflow.artifacts[do.use].body if do.use else do
