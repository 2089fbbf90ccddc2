"""From a run's state to the work of one attempt, and from an error to a failure."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

from engine.answered import answered
from engine.budgets import Budgets, budgets, too_much
from engine.context.lookup import lacking
from engine.definition.fields import accept
from engine.definition.kinds import Http, Llm, Shell
from engine.definition.model import Step
from engine.definition.render import render_value
from engine.errors import InvalidValues, TemplateError
from engine.facts import about
from engine.handle import Engine
from engine.machine.evolve import CONTEXT
from engine.machine.fitting import read_for
from engine.machine.places import scope_of
from engine.machine.plan import Plan
from engine.machine.scope import Json, scope
from engine.machine.state import Failure, RunState, Usage
from engine.machine.turns import Turn, turns_before
from engine.secrets import Known, why_missing
from engine.steps.llm import provider_asked
from engine.steps.work import StepFailed, Work
from store import blobs
from store.errors import StoreError

_CONTEXT_STEP = Step(id=CONTEXT, kind="context", do=None)  # type: ignore[arg-type]


def work_of(
    engine: Engine,
    state: RunState,
    path: str,
    log: Callable[[str, str], None],
    started: Callable[[int], None],
    known: Known,
) -> Work:
    """All that an attempt needs. Raises what rendering a template's inputs raises."""
    plan = engine.plan_of(state)
    step = plan.steps.get(state.steps[path].step, _CONTEXT_STEP)
    names = scope(plan, state, engine.clock(), scope_of(path))
    names["env"] = allowed_environment(engine)
    if isinstance(step.do, (Http, Shell)):  # the others have no business with them
        names["secrets"] = dict(known.values)
    if step is _CONTEXT_STEP:  # what is found there is kept: the facts may change
        names["secrets"] = dict(known.values)
        names["project"] = about(engine.database, state.project)
    if step.template is not None:
        names["inputs"] = inputs_of(step, names)
    names = read_for(step, names)
    if isinstance(step.do, Shell):
        require_whole(engine, state)
    return Work(
        run=state.id,
        path=path,
        attempt=state.steps[path].attempt,
        step=step,
        workflow=plan.workflow,
        scope=names,
        workspace=engine.workspace,
        state=state,
        log=log,
        started=started,
        foreseen=plan.foreseen if step is _CONTEXT_STEP else {},
        sure=plan.sure if step is _CONTEXT_STEP else {},
        provider=state.provider,
        redact=known.redaction.data,
        why_no_secret=lambda name: why_missing(engine.workspace.config, name),
        **(asking(engine, state, path) if isinstance(step.do, Llm) else {}),
    )


def inputs_of(step: Step, names: dict[str, Json]) -> dict[str, Json]:
    """What a step gives its template; nothing where what that is made of is missing.

    Before it does anything the step asks for that. Raises what rendering raises.
    """
    if lacking(names, step.with_):
        return {}
    return accept(step.template_inputs, render_value(step.with_, names))


def asking(engine: Engine, state: RunState, path: str) -> dict[str, Any]:
    """What the work of a step needs besides that asks a model."""
    plan = engine.plan_of(state)
    return {
        "answered": partial(answered, engine),
        "too_much": partial(too_much, engine, state, path),
        "turns": turns_of(plan, state, path),
        "budgeted": budgets(engine, plan) != Budgets(None, None),
    }


def turns_of(plan: Plan, state: RunState, path: str) -> tuple[Turn, ...]:
    """The turns before an attempt at a step whose model may call tools."""
    known = plan.steps.get(state.steps[path].step)
    if known is None or not isinstance(known.do, Llm) or not known.do.tools:
        return ()
    return turns_before(plan, state, path)


def require_whole(engine: Engine, state: RunState) -> None:
    """Refuse to hand a program a document that is no longer what was shown.

    A command names artifacts by their path, so their bytes are compared with the
    digest that the decision is bound to before it runs.
    """
    for path in (path for done in state.finished.values() for path in done.values()):
        step = state.steps[path]
        if step.artifact:
            blobs.get(engine.workspace.folder, step.output["sha256"])


def allowed_environment(engine: Engine) -> dict[str, Json]:
    """The environment variables that weir.toml lets templates read."""
    allowed = engine.workspace.config.env
    return {name: os.environ[name] for name in allowed if name in os.environ}


def limit_of(work: Work) -> str | None:
    """The model provider whose limit the work falls under; None for other work."""
    if not isinstance(work.step.do, Llm):
        return None
    return provider_asked(work, work.step.do)


def failure_of(
    error: Exception, engine: Engine, state: RunState, path: str
) -> tuple[Failure, Usage | None]:
    """What went wrong, in words, for the history."""
    match error:
        case StepFailed():
            return error.failure, error.usage
        case TimeoutError() if _timeout(engine, state, path):
            limit = _timeout(engine, state, path)
            return Failure("timeout", f"took longer than its {limit:g} s"), None
        case TemplateError():
            words = f"template, line {error.line}: {error}"
            return Failure("template", words, retryable=False), None
        case StoreError():
            return Failure("missing", str(error), retryable=False), None
        case InvalidValues():
            return Failure("template", str(error), retryable=False), None
        case _:
            # Ours to mend: the history keeps where, so that a report can say it.
            trace = "".join(traceback.format_exception(error))[-4000:]
            words = f"Weir stumbled: {type(error).__name__}: {error}"
            return Failure("internal", words, trace, retryable=False), None


def _timeout(engine: Engine, state: RunState, path: str) -> float | None:
    step = engine.plan_of(state).steps.get(state.steps[path].step)
    return step.timeout if step else None
