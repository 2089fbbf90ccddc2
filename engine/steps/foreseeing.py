"""What a run will lack, found out before its first step: nothing has been paid for yet.

The rules read their names (`when`, `route`, `in`) in the middle of a decision, where
nobody can be asked. A later step that the run is sure to come to would ask when a model
before it has been paid; one that may never be come to asks by itself, if it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.context.build import PERSON, Left
from engine.context.found import Gap
from engine.context.lookup import lacking, lacking_for
from engine.definition.model import ForEach, Step, Workflow, all_steps, every_step
from engine.definition.render import evaluate, expression_names
from engine.definition.unfold import asker
from engine.errors import InvalidValues, TemplateError
from engine.machine.fitting import as_it_is
from engine.machine.needing import meets, read_by_the_rules
from engine.machine.plan import Plan
from engine.machine.putting import is_within
from engine.steps.missing import lacking_in, leads_into_context, unfit_in

Json = Any
Scope = dict[str, Json]
Whens = tuple[str, ...]


def require_inputs(plan: Plan, inputs: dict[str, Json]) -> None:
    """Raises InvalidValues where a step that is sure to come needs what was left out.

    A run keeps the inputs it began with, so that nobody could give one later.
    """
    seen = Left({"inputs": inputs})
    lacks: dict[str, str] = {}
    unfit: list[str] = []
    for step_id, whens in plan.sure.items():
        step = plan.steps[step_id]
        if step.on_error != "fail" or not all(
            holds(when, plan.workflow, seen) for when in whens
        ):
            continue
        for name in lacked_of_inputs(step, plan.workflow, seen.scope):
            lacks.setdefault(name, asker(step_id))
        for name, words in unfit_in({}, step, inputs, as_it_is).items():
            unfit.append(f"step {asker(step_id)} needs {name}, which {words}")
    if lacks or unfit:
        told = [
            f"step {s} needs inputs.{n}, which was not given" for n, s in lacks.items()
        ]
        raise InvalidValues([*told, *unfit], [*lacks])


def lacked_of_inputs(step: Step, workflow: Workflow, scope: Scope) -> Iterator[str]:
    """The run's inputs that a step lacks; its template's own are another matter."""
    of_template = step.template is not None
    lacks = (
        lacking(scope, step.with_)
        if of_template
        else lacking_in(scope, step, workflow, scope["inputs"])
    )
    parts = (name.split(".") for name in lacks)
    yield from (part[1] for part in parts if part[0] == "inputs" and len(part) > 1)


def names_for(workflow: Workflow, foreseen: Mapping[str, Whens]) -> set[str]:
    """The names of the context that these steps are sure to need, as they say them."""
    found: set[str] = set()
    for step_id in foreseen:
        step = workflow.step(step_id)
        if step.on_error == "fail":
            # Of nothing at all a step lacks all that it needs.
            found.update(lacking_in({}, step, workflow, {}))
    return {name for name in found if leads_into_context(workflow, name)}


def gaps_in(
    workflow: Workflow,
    foreseen: Mapping[str, Whens],
    left: Left,
    inputs: dict[str, Json],
) -> list[Gap]:
    """What the rules and these steps lack of what was looked up or tried."""
    lacks = [*lacked_by_rules(workflow, left.scope)]
    for step_id, whens in foreseen.items():
        step = workflow.step(step_id)
        if step.on_error == "fail" and all(holds(w, workflow, left) for w in whens):
            lacks += lacking_in(left.scope, step, workflow, inputs)
    items = {s.do.name for s in every_step(workflow.steps) if isinstance(s.do, ForEach)}
    return [
        gap_of(name, left)
        for name in dict.fromkeys(lacks)
        if leads_into_context(workflow, name)
        and name.partition(".")[0] not in items
        and not is_unknown(name, left)
    ]


def unfit_gaps(
    workflow: Workflow,
    steps: Mapping[str, Whens],
    inputs: dict[str, Json],
    redact: Callable[[Json], Json],
    left: Left,
    name: str,
) -> Iterator[Gap]:
    """What does not fit of a name of the context, as these steps `require` it.

    What the rules read, as any step does: they read it whether it is come to or not.
    """
    for step in all_steps(workflow):
        said = [each for each in step.types if is_within(each, name)]
        if not said or step.on_error != "fail":
            continue
        whens = steps.get(step.id)
        sure = whens is not None and all(holds(w, workflow, left) for w in whens)
        held = [each for each in said if sure or is_ruled_by(workflow, each)]
        unfit = unfit_in(left.scope, step, inputs, redact) if held else {}
        for each in (n for n in held if n in unfit and not is_unknown(n, left)):
            where = left.known[name].where
            told = unfit[each] if where == PERSON else f"{unfit[each]}, from {where}"
            yield Gap(each, "", gap_of(each, left).files, told)


def is_ruled_by(workflow: Workflow, name: str) -> bool:
    """Whether it is read where it is decided how the run goes on."""
    read = (n for step in every_step(workflow.steps) for n in read_by_the_rules(step))
    return any(meets(tuple(name.split(".")), each) for each in read)


def lacked_by_rules(workflow: Workflow, scope: dict[str, Json]) -> Iterator[str]:
    """The names that are sure to be read where it is decided how the run goes on."""
    for step in every_step(workflow.steps):
        for route in step.route:
            if route.when is not None:
                yield from lacking_for(scope, route.when)
        if step.on_error != "fail":
            continue
        if step.when is not None:
            yield from lacking_for(scope, step.when)
        if isinstance(step.do, ForEach):
            yield from lacking_for(scope, step.do.items)


def holds(when: str, workflow: Workflow, left: Left) -> bool:
    """Whether it is sure already that a condition is true."""
    read = expression_names(when)
    known = all(
        n[0] == "inputs" or leads_into_context(workflow, ".".join(n)) for n in read
    )
    if not known or any(is_unknown(".".join(name), left) for name in read):
        return False
    try:
        return bool(evaluate(when, left.scope))
    except TemplateError:
        return False


def is_unknown(name: str, left: Left) -> bool:
    return any(meets(tuple(n.split(".")), tuple(name.split("."))) for n in left.unknown)


def gap_of(name: str, left: Left) -> Gap:
    """A name that was not in what was found; another text of its file may have it."""
    for of, found in left.known.items():
        if is_within(name, of):
            why = found.where if found.value is None else f"not in {found.where}"
            return Gap(name, why, {found.file: found.digest} if found.file else {})
    return Gap(name)
