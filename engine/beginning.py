"""What a run would begin with, when a person asks for a workflow by its name."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote

from msgspec import Struct

from engine.closure import Closure, closure
from engine.definition.fields import accept
from engine.errors import NotFound
from engine.handle import Engine
from engine.machine.choosing import choose_variant
from engine.machine.state import Json, Variant
from store import definitions


class Beginning(Struct, frozen=True):
    """`texts` are all that led here, by path: they must be trusted."""

    closure: Closure
    inputs: dict[str, Json]
    texts: dict[str, str]
    variant: Variant | None = None


def beginning(
    engine: Engine, workflow: str, given: Mapping[str, Json], *, text: bool = True
) -> Beginning:
    """The workflow as it is in force, or the one of its variants these inputs choose.

    Raises NotFound, InvalidValues, TemplateError and WeirError.
    """
    require_file(engine, workflow)
    found = closure(engine, workflow)
    variants = found.workflow.variants
    if variants is None:
        engine.plan(found.version, found.pins)  # what can't be linked can't run
        inputs = accept(found.workflow.inputs, given, text=text)
        return Beginning(found, inputs, found.texts)
    from engine.definition.render import evaluate  # Jinja, for those who need it

    inputs = accept(found.workflow.inputs, given, text=text)
    value = evaluate(variants.by, {"inputs": inputs})
    variant = choose_variant(workflow, variants, value)
    require_file(engine, variant.chosen)
    own = closure(engine, variant.chosen)
    engine.plan(own.version, own.pins)
    takes = accept(own.workflow.inputs, inputs)
    return Beginning(own, takes, {**found.texts, **own.texts}, variant)


def require_inputs(engine: Engine, begins: Beginning) -> None:
    """Raises InvalidValues where a step is sure to need an input that was left out."""
    from engine.steps import foreseeing  # Jinja, for those who begin a run

    found = begins.closure
    foreseeing.require_inputs(engine.plan(found.version, found.pins), begins.inputs)


def require_file(engine: Engine, workflow: str) -> None:
    """Raise NotFound for a workflow whose file was deleted.

    Its versions stay, for the runs that go by them; no new one begins.
    """
    record = definitions.get(engine.database, "workflow", workflow)
    if record is not None and record.missing:
        raise NotFound(
            f"{record.path} is gone, so no run of `{workflow}` can begin; put it back"
            f" (`git log -- {quote(record.path)}` tells where Git has it), or go again"
            " from an old run with `weir fork`"
        )
