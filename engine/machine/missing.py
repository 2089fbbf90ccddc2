"""What a run lacks that a person can give: each value once, its type and its users.

A step waits for what it lacks itself; asked for is what the whole run lacks, together.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from engine.definition.model import ContextSource, Workflow, all_steps
from engine.definition.typed import Field
from engine.definition.unfold import asker
from engine.machine.needing import meets, read_by_source
from engine.machine.plan import Plan
from engine.machine.putting import value_at
from engine.machine.readings import Name, reads
from engine.machine.state import RunState
from engine.machine.waiting import lacking

ANY = "any"  # where nothing says of which type a value is


class Missing(Struct, frozen=True):
    """A value that a run lacks: its dotted name, and the steps that need it.

    `type` is as a field has it, or `any`; `field` what the workflow says of it.
    """

    name: str
    type: str
    steps: tuple[str, ...]
    field: Field | None = None

    @property
    def told(self) -> str:
        """As it stands in a sentence."""
        needed = f", for {', '.join(self.steps)}" if self.steps else ""
        return f"{self.name} ({self.type}){needed}"


class Lack(Struct, frozen=True):
    """All that a run waits for a person to give: no values, where it lacks nothing.

    `paths` are of the steps that wait; `why` is what was looked for in vain.
    """

    paths: tuple[str, ...] = ()
    values: tuple[Missing, ...] = ()
    why: str = ""

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.values]

    @property
    def title(self) -> str:
        return f"missing: {', '.join(self.names)}"

    @property
    def waits(self) -> str:
        """Which steps wait, and for how many values, to go before those."""
        wait = "waits" if len(self.paths) == 1 else "wait"
        what = "a value" if len(self.values) == 1 else "values"
        return f"{', '.join(self.paths)} {wait} for {what}"


def missing(plan: Plan, state: RunState) -> Lack:
    """In the order in which it was asked for. What has been given since is not."""
    waiting = lacking(state)
    names = dict.fromkeys(name for _, awaits in waiting for name in awaits.names)
    return Lack(
        tuple(step.path for step, _ in waiting),
        tuple(
            missing_of(plan, name)
            for name in names
            if value_at(state.context, name) is None
        ),
        "; ".join(dict.fromkeys(awaits.why for _, awaits in waiting if awaits.why)),
    )


def missing_of(plan: Plan, name: str) -> Missing:
    field = said_of(plan.workflow, name)
    kind = field.type if field else type_of(plan.workflow, name)
    return Missing(name, kind, tuple(needed_by(plan, name)), field)


def needed_by(plan: Plan, name: str) -> list[str]:
    """The ids of the steps that read it, also through what is made of it."""
    wanted = {tuple(name.split("."))}
    while more := {
        path
        for path, reading in _read_by_sources(plan.workflow)
        if path not in wanted and any(meets(r, w) for r in reading for w in wanted)
    }:
        wanted |= more
    users = (
        asker(step.id)
        for step in all_steps(plan.workflow)
        if any(meets(read, w) for read in reads(plan, step) for w in wanted)
    )
    return [*dict.fromkeys(users)]


def _read_by_sources(workflow: Workflow) -> Iterator[tuple[Name, list[Name]]]:
    for name, source in workflow.context.items():
        yield tuple(name.split(".")), [*read_by_source(workflow, source)]


def said_of(workflow: Workflow, name: str) -> Field | None:
    """What a step says of it under `requires`."""
    return next(
        (s.types[name] for s in all_steps(workflow) if name in s.types),
        None,
    )


def type_of(workflow: Workflow, name: str) -> str:
    """What a source is sure to leave: what leads into it may be anything."""
    source = workflow.context.get(name)
    while source is not None and source.source is not None:
        source = workflow.sources[source.source].body
    return _left_by(source) if source is not None else ANY


def _left_by(source: ContextSource) -> str:
    if source.sql is not None:
        return "object" if source.one else "array"
    if source.file is not None:
        suffix = PurePosixPath(source.file).suffix.lower()
        known = {".csv": "array", ".json": ANY, ".yaml": ANY, ".yml": ANY}
        return known.get(suffix, ANY if "{" in suffix or not suffix else "text")
    return ANY
