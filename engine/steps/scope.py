"""What this attempt's templates may read: the run's names, and what the world adds."""

from __future__ import annotations

import os

import msgspec

from engine.context.lookup import lacking
from engine.definition.fields import accept
from engine.definition.render import render_value
from engine.errors import InvalidValues
from engine.steps.missing import refuse_missing
from engine.steps.work import Work, failed


def environment(work: Work) -> dict[str, str]:
    """The variables weir.toml names for templates, as far as they are set."""
    return {n: os.environ[n] for n in work.workspace.config.env if n in os.environ}


def prepared(work: Work) -> Work:
    """The work with `env` in its scope; a template's step reads its own `inputs`."""
    scope = {**work.scope, "env": environment(work)}
    step = work.step
    if step.template is not None:
        refuse_missing(lacking(scope, step.with_))
        given = render_value(step.with_, scope)
        try:
            scope["inputs"] = accept(step.template_inputs, given)
        except InvalidValues as error:
            raise failed(
                "missing", f"step template {step.template}: {error}"
            ) from error
    return msgspec.structs.replace(work, scope=scope)


def of_run(work: Work) -> dict[str, str]:
    """The variables that tell a program which run it is part of."""
    return {
        "WEIR_RUN_ID": work.run,
        "WEIR_STEP": work.path,
        "WEIR_ATTEMPT": str(work.attempt),
        "WEIR_WORKSPACE": str(work.workspace.root),
    }
