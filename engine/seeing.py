"""What the steps of a workflow would see, and say, before any of it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from engine.attempt import allowed_environment
from engine.beginning import beginning
from engine.context.build import Left, look_up
from engine.context.lookup import lookup
from engine.definition.checks.texts import Text, of_with, of_work
from engine.definition.fields import accept
from engine.definition.kinds import Artifact, Llm, SubRun
from engine.definition.model import Calls, ForEach, Step, Turns, all_steps
from engine.definition.render import evaluate, render, render_value
from engine.definition.template_values import ABSENT
from engine.definition.unfold import asker
from engine.definition.words import among, did_you_mean
from engine.errors import InvalidValues, NotFound, TemplateError
from engine.facts import about
from engine.handle import Engine
from engine.looking import known_in, unheard
from engine.machine.commands import StartRun
from engine.machine.decide import decide
from engine.machine.fitting import as_it_is, read_for
from engine.machine.missing import Missing, missing_of, titled
from engine.machine.places import RUN, arm_of, scope_of, scopes_around
from engine.machine.plan import Plan
from engine.machine.readings import reads
from engine.machine.scope import scope
from engine.machine.state import Actor, RunState
from engine.opening import require_texts
from engine.redacting import mark
from engine.steps.context import awaited
from engine.steps.foreseeing import gaps_in, unfit_gaps
from engine.steps.missing import body_of, has, leads_into_context, unfit_in
from engine.unrolled import unrolled

Json = Any
Scope = dict[str, Json]
MISSING = "missing"  # instead of a kind, of what nobody has
FAILED = "failed"  # and of what could not be asked
REQUIRES = "requires"  # instead of the place of a text, of what it waits for


class Sight(Struct, frozen=True):
    """What there is to be read before the first step, and where it is from.

    `provenance` has `kind`, `where` and `digest` of each name of the context; of one
    that is missing, or could not be asked, `where` says why. `lacks` is what a run
    would ask for, and `why` what was looked for in vain; `at` is when. `arms` has what
    is read in the arms of a run, by step and what it is called there.
    """

    plan: Plan
    scope: Scope
    provenance: dict[str, dict[str, Json]] = {}
    arms: dict[str, dict[str, Scope]] = {}
    lacks: tuple[Missing, ...] = ()
    why: str = ""
    at: float = 0.0


def amiss(sight: Sight) -> list[str]:
    """What a run would ask for, or fail of, each as it stands on a line."""
    of: dict[Json, dict[str, str]] = {MISSING: {}, FAILED: {}}
    for name, found in sight.provenance.items():
        if found["kind"] in of:
            of[found["kind"]][name] = f"{name}: {found['where']}"
    asked = [each for each in sight.lacks if each.name not in of[MISSING]]
    told = [*of[MISSING].values(), *(each.told for each in asked)]
    wrong = [each.told for each in asked if each.unfit]
    failed = [f"failed: {'; '.join(of[FAILED].values())}"] if of[FAILED] else []
    why = f" ({sight.why})" if asked and sight.why else ""
    return [*failed, *([titled(told, wrong, "; ") + why] if told else [])]


class Read(Struct, frozen=True):
    """A name that a step reads. `size`: bytes as JSON; None: it is not there yet."""

    name: str
    size: int | None


class Said(Struct, frozen=True):
    """One text of a step as it would be: `where` is its place, such as llm.prompt.

    `problem` says why it can't be told yet; `text` is empty then.
    """

    where: str
    text: str = ""
    problem: str = ""


async def before(
    engine: Engine,
    workflow: str,
    given: Mapping[str, Json],
    project: str = "",
    *,
    fresh: bool = False,
) -> Sight:
    """What a run of the workflow would see, with its context looked up now.

    With `fresh`, what is kept for a while is looked up again, and kept anew.

    Raises NotFound, InvalidValues and NotTrusted. Nothing is started; but the context
    is really read, so a `shell` source runs.
    """
    begins = beginning(engine, workflow, given)
    require_texts(engine.workspace, begins.texts)
    found = begins.closure
    plan = engine.plan(found.version, found.pins)
    nobody = Actor("nobody")
    command = StartRun("r", begins.inputs, found.version, found.pins, nobody, project)
    now = engine.clock()
    state = decide(plan, None, command, now).state
    if not plan.workflow.context:
        return Sight(plan, _scope(engine, plan, state))
    known = await known_in(engine.workspace)
    around = unheard(engine.workspace, known, now, fresh=fresh)
    facts = {"secrets": known.values, "project": about(engine.database, project)}
    seen = {**_scope(engine, plan, state), **facts}
    redact = known.redaction.data
    judge = partial(unfit_gaps, plan.workflow, plan.sure, begins.inputs, redact)
    left = await look_up(plan.workflow, seen, around, now, judge=judge, whole=False)
    state = replace(state, context=known.redaction.data(left.values))
    told = {
        name: left.provenance.get(name) or _missing(left, name, now)
        for name in plan.workflow.context
    }
    gaps = [*left.gaps, *gaps_in(plan.workflow, plan.sure, left, begins.inputs)]
    lacks = tuple(missing_of(plan, gap.name, gap.unfit) for gap in gaps)
    sees = Sight(plan, _scope(engine, plan, state), redact(told))
    whole = [g for g in gaps if g.name not in plan.workflow.context]  # told with those
    return replace(sees, lacks=lacks, why=awaited(whole).why, at=now)


def _missing(left: Left, name: str, now: float) -> dict[str, Json]:
    """As it stands among what was found; a run would ask for it, or fail."""
    whys = (gap.why for gap in left.gaps if gap.name == name)
    kind = FAILED if name in left.failed else MISSING
    where = left.failed.get(name) or next(whys, "made of what is missing")
    return {"kind": kind, "where": where, "digest": "", "at": now}


def within(engine: Engine, run: str, wanted: str = "") -> Sight:
    """What a step of a run sees as the run stands now, named as in `places_of`.

    Raises NotFound.
    """
    state = engine.load(run)
    plan = engine.plan_of(state)
    arms: dict[str, dict[str, Scope]] = {}
    for each in state.steps.values():
        at, step = scope_of(each.path), plan.steps.get(each.step)
        if not at or step is None:
            continue
        name = at + each.step if is_in_loop(plan, state, at) else each.step
        if is_meant(step, name, wanted):
            arms.setdefault(each.step, {})[name] = _scope(engine, plan, state, at)
    return Sight(plan, _scope(engine, plan, state), arms=arms)


def is_in_loop(plan: Plan, state: RunState, at: str) -> bool:
    """Whether one of the steps around a scope goes through items."""
    paths = (arm_of(each)[0] for each in [*scopes_around(at)][1:])
    return any(isinstance(plan.steps[state.steps[p].step].do, ForEach) for p in paths)


def with_outputs(sight: Sight, outputs: Mapping[str, Json]) -> Sight:
    """As if these steps had left this. Raises NotFound for a step that is not there."""
    for name in outputs:
        the_step(sight.plan, name)
    arms = {
        step: {name: _with(names, outputs) for name, names in inside.items()}
        for step, inside in sight.arms.items()
    }
    return replace(sight, scope=_with(sight.scope, outputs), arms=arms)


def _with(names: Scope, outputs: Mapping[str, Json]) -> Scope:
    left = dict(names["outputs"])
    for name, output in outputs.items():
        left[name] = left[name.replace("-", "_")] = output
    return {**names, "outputs": left}


def places_of(sight: Sight, wanted: str = "") -> Iterator[tuple[str, Step, Scope]]:
    """A step, by its id or its place, wherever it is done: its name there, and what it
    reads. All that ask a model, where none is named.

    In a run these are the arms that have come to it, else all that are known already.
    """
    workflow = sight.plan.workflow
    steps = (*workflow.steps, *workflow.finally_)
    told: set[str] = set()
    for name, step, names in unrolled(steps, sight.scope):
        arms = sight.arms.get(step.id)
        if arms is not None and step.id not in told:
            yield from ((asker(arm), step, read) for arm, read in arms.items())
        elif arms is None and is_meant(step, name, wanted):
            yield asker(name), step, names
        told.add(step.id)


def is_meant(step: Step, name: str, wanted: str) -> bool:
    """Whether it is the step that is wanted; of one with tools, its asking."""
    if not wanted:
        return isinstance(step.do, Llm)
    known = (name, step.id, asker(name), asker(step.id))
    return wanted in known and not isinstance(step.do, Turns)


def the_step(plan: Plan, name: str) -> Step:
    """The step of an id. Raises NotFound with the nearest one."""
    if name in plan.steps:
        return plan.steps[name]
    known = [step.id for step in all_steps(plan.workflow)]
    hint = did_you_mean(name, known, f"there is {among(known)}")
    raise NotFound(f"{plan.workflow.name} has no step {name!r}; {hint}")


def read_by(sight: Sight, step: Step) -> list[Read]:
    """What a step reads, by name, each as long as it goes."""
    names = sorted(reads(sight.plan, step))
    return [
        Read(".".join(name), size_of(lookup(sight.scope, name)))
        for name in names
        if name[0] not in ("env", "now", "secrets", "today") and not is_inner(name)
    ]


def is_inner(name: Sequence[str]) -> bool:
    """Whether it is what the turns of a model leave to each other."""
    return name[0] == "outputs" and any(asker(part) != part for part in name[1:2])


def steps_of(sight: Sight) -> list[Step]:
    """The steps as they are written, and the calls of those that have tools."""
    every = all_steps(sight.plan.workflow)
    return [step for step in every if not isinstance(step.do, (Turns, Calls))]


def first_for(sight: Sight, name: str) -> str:
    """The first step for which a name of the context is looked up; "": all of them."""
    needs = sight.plan.needs
    if name in needs.first:
        return ""
    return asker(next(step for step, names in needs.by_step.items() if name in names))


def size_of(value: Json) -> int | None:
    """Bytes as JSON; None for what is not there."""
    return None if value is ABSENT else len(msgspec.json.encode(value))


def said_by(sight: Sight, step: Step, names: Scope) -> list[Said]:
    """Every text of a step, rendered; the prompt of a model step to the last byte."""
    if step.template is not None:
        try:
            given = accept(step.template_inputs, render_value(step.with_, names))
        except (TemplateError, InvalidValues) as error:
            return [Said("with", problem=str(error))]
        names = {**names, "inputs": given}
    names = read_for(step, names)
    required = _required(sight, step, names)
    return [*required, *(_said(text, names) for text in _texts(sight.plan, step))]


def _required(sight: Sight, step: Step, names: Scope) -> Iterator[Said]:
    """What of the context it `requires` and is not there, or does not fit."""
    unfit = unfit_in(names, step, sight.scope["inputs"], as_it_is)
    for name in step.requires:
        if leads_into_context(sight.plan.workflow, name):
            told = unfit.get(name) or ("" if has(names, name) else "is missing")
            if told:
                yield Said(REQUIRES, problem=f"`{name}` {told}")


def _texts(plan: Plan, step: Step) -> Iterator[Text]:
    """The texts of a step, those of the agent or the document it uses among them."""
    match step.do:
        case Llm() as do:
            agent = plan.workflow.agents.get(do.agent or "")
            system = do.system or (agent.system if agent else "")
            if system:
                yield Text(("llm", "system"), system)
            yield Text(("llm", "prompt"), do.prompt)
        case Artifact() as do:
            whole = msgspec.structs.replace(step, do=body_of(do, plan.workflow))
            yield from of_work(whole, ())
        case SubRun():
            yield from of_with(step.with_, ())
        case _:
            yield from of_work(step, ())


def _said(text: Text, names: Scope) -> Said:
    where = ".".join(str(part) for part in text.path)
    try:
        match text.kind:
            case "template":
                said = render(text.source, names)
                return Said(where, said.strip() if where == "llm.system" else said)
            case "expression":
                return Said(where, _as_text(evaluate(text.source, names)))
            case "name":
                value = lookup(names, text.source.split("."))
                if value is ABSENT:
                    return Said(where, problem=f"`{text.source}` is missing")
                return Said(where, _as_text(value))
    except TemplateError as error:
        return Said(where, problem=str(error))


def _as_text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.format(msgspec.json.encode(value)).decode()


def _scope(engine: Engine, plan: Plan, state: RunState, at: str = RUN) -> Scope:
    names = scope(plan, state, engine.clock(), at)
    secrets = {name: mark(name) for name in engine.workspace.config.secrets}
    return {**names, "env": allowed_environment(engine), "secrets": secrets}
