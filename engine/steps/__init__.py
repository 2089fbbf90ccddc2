"""Doing a step: the only code that touches the world, one module per kind.

`perform` finds what is missing before anything is paid for, does the step's work, and
holds its output to a size. A step that is cancelled puts away what it has begun.
"""

from __future__ import annotations

from typing import assert_never

import msgspec

from engine.context.lookup import Path, absent
from engine.definition.kinds import (
    Approval,
    Artifact,
    Fail,
    Http,
    Llm,
    Python,
    SetValues,
    Shell,
    Sql,
    SubRun,
    Unread,
    Use,
    Wait,
)
from engine.definition.model import Calls, ForEach, Parallel, Step, Turns
from engine.errors import InvalidValues, TemplateError, WeirError
from engine.machine.putting import is_context
from engine.machine.state import Failure
from engine.steps import (
    approval,
    artifact,
    context,
    http,
    llm,
    python,
    run,
    set_values,
    shell,
    sql,
    wait,
)
from engine.steps.missing import lacked
from engine.steps.work import (
    Asks,
    Begins,
    Done,
    Outcome,
    StepFailed,
    Waits,
    Work,
    failed,
)

__all__ = [
    "Asks",
    "Begins",
    "Done",
    "Outcome",
    "StepFailed",
    "Waits",
    "Work",
    "compute",
    "computes",
    "is_same",
    "perform",
]

MAX_OUTPUT = 1024 * 1024  # bytes of JSON


async def perform(work: Work, now: float) -> Outcome:
    """Do the work of one attempt. Raises StepFailed, and nothing else of ours."""
    try:
        outcome = await perform_kind(work, now)
    except WeirError as error:
        raise as_failed(error) from error
    return within_size(outcome) if isinstance(outcome, Done) else outcome


def computes(step: Step) -> frozenset[Path] | None:
    """What a step is sure to read that can `compute` soon; None of any other.

    Such a step touches nothing outside of its run.
    """
    if not isinstance(step.do, SetValues) or not set_values.is_quick(step.do):
        return None
    if step.requires:
        return None
    return set_values.read_by(step.do)


def is_same(step: Step) -> bool:
    """Whether a step that `computes` names nothing: it leaves the same each time."""
    assert isinstance(step.do, SetValues)
    return step.template is None and not set_values.names_any(step.do)


def compute(work: Work, reads: frozenset[Path]) -> Outcome:
    """As `perform`, at once, of a step that `computes`, as it says, from these."""
    assert isinstance(work.step.do, SetValues)
    try:
        unsure = work.step.template is not None or absent(work.scope, reads)
        if unsure and (waits := lacked(work)) is not None:
            return waits
        return within_size(set_values.perform(work, work.step.do))
    except WeirError as error:
        raise as_failed(error) from error


def as_failed(error: WeirError) -> StepFailed:
    """What a step's work has raised, as the end of its attempt."""
    if isinstance(error, TemplateError):
        return failed("template", f"line {error.line}: {error}")
    return failed(
        "output" if isinstance(error, InvalidValues) else "internal", str(error)
    )


async def perform_kind(work: Work, now: float) -> Outcome:
    if is_context(work.path):
        return await context.perform(work, now)
    if (waits := lacked(work)) is not None:
        return waits
    match work.step.do:
        case SetValues() as do:
            return set_values.perform(work, do)
        case Fail() as do:
            return set_values.perform_fail(work, do)
        case Wait() as do:
            return wait.perform(work, do, now)
        case Shell() as do:
            return await shell.perform(work, do)
        case Http() as do:
            return await http.perform(work, do)
        case Llm() as do:
            return await llm.perform(work, do)
        case Artifact() as do:
            return await artifact.perform(work, do)
        case Approval() as do:
            return approval.perform(work, do)
        case SubRun() as do:
            return run.perform(work, do)
        case Sql() as do:
            return await sql.perform(work, do)
        case Python() as do:
            return await python.perform(work, do)
        case Use() | Unread() | Parallel() | ForEach() | Turns() | Calls():
            # The check refuses the first two, and the rules begin the others.
            raise failed("internal", f"a step of kind {work.step.kind} can't be run")
        case _:
            assert_never(work.step.do)


def within_size(done: Done) -> Done:
    """The outcome with its output as JSON keeps it."""
    try:
        data = msgspec.json.encode(done.output)
    except (TypeError, ValueError, RecursionError) as error:
        raise failed("output", f"the output is not plain data: {error}") from error
    if len(data) > MAX_OUTPUT:
        words = "the output is larger than 1 MB; write it to a file instead"
        if done.usage is not None:
            words = "the answer is larger than 1 MB; ask for less at a time"
        # A model has been paid for it all the same.
        raise StepFailed(Failure("limit", words, retryable=False), done.usage)
    return msgspec.structs.replace(done, output=msgspec.json.decode(data))
