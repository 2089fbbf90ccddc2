"""What a run would begin with, when a person asks for a workflow by its name."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from engine.closure import Closure, closure
from engine.definition.fields import accept
from engine.handle import Engine
from engine.machine.choosing import choose_variant
from engine.machine.state import Json, Variant


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
    own = closure(engine, variant.chosen)
    engine.plan(own.version, own.pins)
    takes = accept(own.workflow.inputs, inputs)
    return Beginning(own, takes, {**found.texts, **own.texts}, variant)
