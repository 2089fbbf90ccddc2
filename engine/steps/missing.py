"""Finding out what a step lacks before anything is paid for, and asking for it."""

from __future__ import annotations

from collections.abc import Iterator
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
    Shell,
    Sql,
    SubRun,
    Wait,
)
from engine.definition.kinds import SetValues as Set
from engine.definition.model import Step, Workflow
from engine.definition.template_values import ABSENT
from engine.machine.putting import is_within
from engine.machine.state import ValuesAwaited
from engine.steps.work import Waits, Work, failed

Json = Any


def lacked(work: Work) -> Waits | None:
    """A wait for the context values that the step needs and the run does not have.

    Raises StepFailed where something else is missing, which nobody can give, or where
    the step says itself how it goes on after a failure.
    """
    step = work.step
    missing = [name for name in step.requires if not has(work, name)]
    if isinstance(step.do, Approval):
        read = (*step.do.show, *step.do.complete)
        missing += [name for name in read if not shows(work, name)]
    if isinstance(step.do, Artifact):
        data = body_of(step.do, work.workflow).data
        missing += [name for name in data if not shows(work, name)]
    missing += lacking(work.scope, list(templates(step, work.workflow)))
    if isinstance(step.do, Wait) and step.do.until is not None:
        missing += lacking_for(work.scope, step.do.until)
    if not missing:
        return None
    names = tuple(dict.fromkeys(missing))
    if secret := next((n for n in names if n.startswith("secrets.")), None):
        raise failed("missing", f"{secret} is not there: {work.why_no_secret(secret)}")
    if step.on_error == "fail" and all(can_be_given(work, name) for name in names):
        return Waits(None, ValuesAwaited(names))
    raise failed(
        "missing",
        f"missing {join(names)}; the run's inputs and context don't have it",
    )


def can_be_given(work: Work, name: str) -> bool:
    """Whether it is a name of the context, or leads into one."""
    known = work.workflow.context
    return any(is_within(name, each) for each in known)


def has(work: Work, name: str) -> bool:
    """Whether there is such a value; None is none.

    A step that uses a template may require an input of the run as well as its own.
    """
    scopes = (work.scope, {**work.scope, "inputs": work.state.inputs})
    return any(lookup(s, name.split(".")) not in (ABSENT, None) for s in scopes)


def shows(work: Work, name: str) -> bool:
    return lookup(work.scope, name.split(".")) is not ABSENT


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
            yield from (
                (s.heading, s.text, s.items) for s in body.sections if not s.when
            )
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
