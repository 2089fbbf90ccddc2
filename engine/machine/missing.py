"""What a run lacks that a person can give: each value once, its type and its users.

What was found and does not fit what a step `requires` is lacked as what is not there.

A step waits for what it lacks itself; asked for is what the whole run lacks, together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from engine.definition.model import ContextSource, Workflow, all_steps
from engine.definition.typed import Field
from engine.definition.unfold import asker
from engine.machine.fitting import lacks, said_of, unfit_at
from engine.machine.needing import meets, read_by_source
from engine.machine.plan import Plan
from engine.machine.putting import told_step
from engine.machine.readings import Name, reads
from engine.machine.state import RunState
from engine.machine.waiting import lacking, values_of

ANY = "any"  # where nothing says of which type a value is


class Missing(Struct, frozen=True):
    """A value that a run lacks: its dotted name, and the steps that need it.

    `type` is as a field has it, or `any`; `field` what the workflow says of it; `unfit`
    in what a value that was found does not fit that.
    """

    name: str
    type: str
    steps: tuple[str, ...]
    field: Field | None = None
    unfit: str = ""

    @property
    def told(self) -> str:
        """As it stands in a sentence."""
        needed = f", for {', '.join(self.steps)}" if self.steps else ""
        unfit = f": {self.unfit}" if self.unfit else ""
        return f"{self.name} ({self.type}){needed}{unfit}"


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
        return titled(self.names, [each.name for each in self.values if each.unfit])

    @property
    def told(self) -> str:
        """The title, with each value as it is told."""
        wrong = [each.told for each in self.values if each.unfit]
        return titled([each.told for each in self.values], wrong, "; ")

    @property
    def waits(self) -> str:
        """Which steps wait, and for how many values, to go before those."""
        wait = "waits" if len(self.paths) == 1 else "wait"
        found = all(value.unfit for value in self.values)
        what = values_of(len(self.values), found=found)
        return f"{', '.join(map(told_step, self.paths))} {wait} for {what}"


def titled(values: Sequence[str], unfit: Collection[str], between: str = ", ") -> str:
    """What is missing of these, and what was found and does not fit."""
    gone = between.join(each for each in values if each not in unfit)
    wrong = between.join(each for each in values if each in unfit)
    parts = {"missing": gone, "does not fit": wrong}
    return "; ".join(f"{what}: {which}" for what, which in parts.items() if which)


def missing(plan: Plan, state: RunState) -> Lack:
    """In the order in which it was asked for. What has been given since is not."""
    waiting = lacking(state)
    names = dict.fromkeys(name for _, awaits in waiting for name in awaits.names)
    told = plan.workflow, state.context
    unfit = {name: w for _, awaits in waiting for name, w in awaits.unfit.items()}
    return Lack(
        tuple(step.path for step, _ in waiting),
        tuple(
            missing_of(plan, name, unfit_at(*told, name) or unfit.get(name, ""))
            for name in names
            if lacks(*told, name)
        ),
        "; ".join(dict.fromkeys(awaits.why for _, awaits in waiting if awaits.why)),
    )


def missing_of(plan: Plan, name: str, unfit: str = "") -> Missing:
    field = said_of(plan.workflow, name)
    kind = field.type if field else type_of(plan.workflow, name)
    return Missing(name, kind, tuple(needed_by(plan, name)), field, unfit)


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
