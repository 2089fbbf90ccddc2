"""What another version, or other inputs, would mean for a run: told beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from engine.closure import Closure, closure
from engine.definition.fields import accept, from_text
from engine.definition.link import closure as used_by
from engine.definition.model import Workflow
from engine.definition.typed import Fields
from engine.errors import InvalidValues
from engine.files import MB, FileRefused, safe_file
from engine.handle import Engine
from engine.machine import forking
from engine.machine.adopting import Break, breaks, carried_on
from engine.machine.commands import AdoptVersion
from engine.machine.costs import Cost, costs
from engine.machine.judging import Fork, Verdict
from engine.machine.putting import is_context
from engine.machine.state import (
    Actor,
    Cassette,
    Forked,
    Json,
    Kept,
    RunState,
    StepStatus,
    Variant,
)
from engine.past import history

LARGEST = 50 * MB  # of a file that holds code


class Proposal(Struct, frozen=True):
    """A fork as it would be: what it begins with, and a verdict on every step."""

    closure: Closure
    inputs: dict[str, Json]
    fork: Forked
    kept: tuple[Kept, ...]
    verdicts: tuple[Verdict, ...]
    project: str = ""
    provider: str = ""
    variant: Variant | None = None
    cassette: Cassette | None = None


class Adoption(Struct, frozen=True):
    """A newer version for a run: what stands against it, and what it would do."""

    run: str
    closure: Closure
    breaks: tuple[Break, ...]
    verdicts: tuple[Verdict, ...]


def propose(
    engine: Engine,
    state: RunState,
    start: str,
    given: Mapping[str, Json],
    outputs: Mapping[str, Json],
    newest: bool,
    version: str,
) -> Proposal:
    """Raises NotFound, InvalidValues, CommandRefused and WeirError."""
    begins = forking.start_of(state, start)
    found = closure_for(engine, state, newest, version)
    old, new = engine.plan_of(state), engine.plan(found.version, found.pins)
    edited = {}
    for name, output in outputs.items():
        path = forking.start_of(state, name)
        step = state.steps[path]
        forking.require_editable(new, step)
        declared = new.steps[step.step].output
        edited[path] = accept(declared, output, noun="output") if declared else output
    fork = Fork(
        begins,
        inputs_for(found.workflow, state, given),
        edited,
        changed_children(engine, state, found),
        changed_code(engine, state),
    )
    forking.require_needed(old, state, fork)
    verdicts = forking.preview(old, new, state, fork, spent(engine, state.id))
    return Proposal(
        found,
        fork.inputs,
        Forked(state.id, begins, state.seq),
        tuple(forking.keep(state, fork, verdicts)),
        tuple(verdicts),
        state.project,
        state.provider,
        state.variant,
        played(state),
    )


def outputs_of(
    engine: Engine, state: RunState, proposal: Proposal
) -> dict[str, tuple[Fields, Json]]:
    """What the steps left that a fork keeps and may be given otherwise, by visit.

    Of each the fields that the new text declares, and the output of the old run.
    """
    new = engine.plan(proposal.closure.version, proposal.closure.pins)
    kept = (v.path for v in proposal.verdicts if v.what == "reused")
    found = (state.steps[path] for path in kept if path in state.steps)
    return {
        step.path: (new.steps[step.step].output, step.output)
        for step in found
        if step.status is StepStatus.SUCCEEDED
        and not is_context(step.path)
        and forking.is_editable(new, step)
    }


def played(state: RunState) -> Cassette | None:
    """What a run is answered from. What it records is its own, and no fork's."""
    return state.cassette if state.cassette and not state.cassette.run else None


def closure_for(engine: Engine, state: RunState, newest: bool, version: str) -> Closure:
    """The version a run goes by, the one in force, or another of the same workflow."""
    if newest or version:
        return closure(engine, state.workflow, version)
    workflow = engine.definition(state.version)
    assert isinstance(workflow, Workflow)
    return Closure(workflow, state.version, state.pins, {})


def inputs_for(
    workflow: Workflow, state: RunState, given: Mapping[str, Json]
) -> dict[str, Json]:
    """The run's inputs with what a person typed; those that no longer are, left out."""
    typed = {
        name: from_text(workflow.inputs[name], value)
        if isinstance(value, str) and name in workflow.inputs
        else value
        for name, value in given.items()
    }
    before = {k: v for k, v in state.inputs.items() if k in workflow.inputs}
    return accept(workflow.inputs, {**before, **typed})


def changed_children(engine: Engine, state: RunState, found: Closure) -> frozenset[str]:
    """The workflows that steps start, and which are others now, or use others."""
    names = {key.partition("/")[2] for key in found.pins if key.startswith("workflow/")}
    return frozenset(
        name
        for name in names
        if _parts(engine, name, state.pins) != _parts(engine, name, found.pins)
    )


def _parts(engine: Engine, name: str, pins: Mapping[str, str]) -> dict[str, str]:
    key = f"workflow/{name}"
    if key not in pins:
        return {}
    library = {each: engine.definition(sha) for each, sha in pins.items()}
    inside: Iterable[str] = (key, *used_by(library[key], library))
    return {each: pins[each] for each in inside if each in pins}


def changed_code(engine: Engine, state: RunState) -> dict[str, str]:
    """The steps that ran code of the workspace which is another now, with its file.

    Also those that started a run in which that was so.
    """
    files = Files(engine.workspace.root)
    found = {path: files.changed(step.code) for path, step in state.steps.items()}
    for path, step in state.steps.items():
        if step.child:
            inside = changed_code(engine, engine.load(step.child))
            found[path] = next(iter(inside.values()), "")
    return {path: file for path, file in found.items() if file}


class Files:
    """The digests of files in a workspace as they are now, each looked at once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, str] = {}

    def changed(self, before: Mapping[str, str]) -> str:
        """The first of these files that is not as it was; "" for none."""
        return next((f for f in before if self._digest(f) != before[f]), "")

    def _digest(self, relative: str) -> str:
        if relative not in self._known:
            try:
                data = safe_file(self._root, relative, LARGEST)
            except FileRefused:  # gone, or nothing to run: not as it was either way
                self._known[relative] = ""
            else:
                self._known[relative] = sha256(data).hexdigest()
        return self._known[relative]


def spent(engine: Engine, run: str) -> dict[str, Cost]:
    """What each step of a run has cost, out of its history."""
    return costs(history(engine.database, run))


def against_it(engine: Engine, state: RunState, found: Closure) -> list[Break]:
    """What stands against a run's going on by a version; empty when it may."""
    try:
        inputs_for(found.workflow, state, {})
    except InvalidValues as error:
        return [Break("inputs", str(error))]
    new = engine.plan(found.version, found.pins)
    return breaks(engine.plan_of(state), new, state)


def adoption(engine: Engine, state: RunState) -> Adoption:
    """What the version in force would mean for a run. Nothing is done yet."""
    found = closure(engine, state.workflow)
    against = tuple(against_it(engine, state, found))
    old, new = engine.plan_of(state), engine.plan(found.version, found.pins)
    verdicts = carried_on(old, new, state, spent(engine, state.id))
    return Adoption(state.id, found, against, tuple(verdicts))


def adopt(engine: Engine, state: RunState, found: Closure, by: Actor) -> AdoptVersion:
    """The command. Raises InvalidValues when the run's inputs no longer fit."""
    inputs = inputs_for(found.workflow, state, {})
    return AdoptVersion(found.version, found.pins, inputs, by)
