"""Which `weir` command does what a person has asked of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from engine.definition.model import Workflow
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.putting import value_at
from engine.machine.state import RunState
from engine.machine.waiting import lacking
from engine.meant import typed_like
from tui.scripting.words import Word

Json = Any
HOW = {"again": "--again", "fail": "--fail"}


def words_of(
    engine: Engine, command: c.Command, run: Word, before: RunState | None
) -> list[Word]:
    """The words after `weir` of what is done to a run, as it stood `before`.

    Not those of an answer to a gate, which needs more than one line.
    """
    match command:
        case c.StartRun(fork=None):
            return [*started(engine, command)]
        case c.StartRun():
            return [*forked(engine, command, run)]
        case c.PauseRun(comment=comment):
            return ["pause", run, *option("--comment", comment)]
        case c.ResumeRun():
            return ["resume", run]
        case c.CancelRun(comment=comment):
            return ["cancel", run, *option("--comment", comment)]
        case c.RetryRun(step=step):
            return ["retry", run, *option("--step", step)]
        case c.SkipStep(path, reason):
            return ["skip", run, path, "--reason", reason]
        case c.GoBack(to, comment=comment):
            return ["back", run, "--to", to, *option("--comment", comment)]
        case c.RollBack(to):
            return ["rollback", run, *option("--to", to), "--yes"]
        case c.AdoptVersion():
            return ["adopt", run]
        case c.TickItem(path, item, undo=undo):
            return ["tick", run, path, str(item), *["--undo"][: int(undo)]]
        case c.ResolveStep(path, how, output=output, comment=comment):
            told = [HOW[how]] if how in HOW else ["--output", as_json(output)]
            return ["mark", run, path, *told, *option("--comment", comment)]
        case c.SetContext(values):
            assert before is not None, "a value is set in a run that is there"
            return [*given(values, run, before)]
        case _:
            raise AssertionError(f"{type(command).__name__} is no act of a person")


def option(name: str, value: str) -> list[Word]:
    return [name, value] if value else []


def started(engine: Engine, command: c.StartRun) -> Iterator[Word]:
    workflow = engine.definition(command.version)
    assert isinstance(workflow, Workflow)
    yield from ("run", command.variant.of if command.variant else workflow.name)
    yield from inputs("-i", command.inputs)
    yield from option("--project", command.project)
    yield from option("--provider", command.provider)
    yield "--detach"


def forked(engine: Engine, command: c.StartRun, origin: Word) -> Iterator[Word]:
    """The fork of a run: by its own text, or else by the newest."""
    assert command.fork is not None
    before = engine.load(command.fork.run)
    yield from ("fork", origin, "--from", command.fork.step)
    changed = {k: v for k, v in command.inputs.items() if before.inputs.get(k) != v}
    yield from inputs("-i", changed)
    for kept in command.kept:
        if kept.edited:
            yield from ("--output", f"{kept.path}={as_json(kept.output)}")
    if (command.version, command.pins) != (before.version, before.pins):
        yield "--newest"


def inputs(name: str, values: Mapping[str, Json]) -> Iterator[Word]:
    """Typed values as the words that mean them."""
    for key, value in values.items():
        if value is not None:
            yield from (name, f"{key}={as_text(value)}")


def given(values: Mapping[str, Json], run: Word, before: RunState) -> Iterator[Word]:
    """`fill` where the run waits for the values, else `set`."""
    awaited = [name for _, awaits in lacking(before) for name in awaits.names]
    yield "fill" if all(name in awaited for name in values) else "set"
    yield run
    for name, value in values.items():
        plain = as_text(value)
        means_it = typed_like(value_at(before, name), plain) == value
        yield f"{name}={plain if means_it else as_json(value)}"


def as_text(value: Json) -> str:
    return value if isinstance(value, str) else as_json(value)


def as_json(value: Json) -> str:
    return msgspec.json.encode(value).decode()
