"""Runs that are forked from others, and what is told of it before."""

from __future__ import annotations

from engine.definition.kinds import Shell
from engine.definition.model import Step
from engine.machine.forking import keep, preview
from engine.machine.judging import Fork
from engine.machine.plan import Plan
from engine.machine.state import Forked
from tests.engine.machine.given import Given


def saying(name: str, text: str, **about: object) -> Step:
    return Step(id=name, kind="shell", do=Shell(run=text), **about)  # type: ignore[arg-type]


def told(
    run: Given, start: str, new: Plan | None = None, **about: object
) -> dict[str, tuple[str, str]]:
    """Each path's verdict and why."""
    assert run.state is not None
    about.setdefault("inputs", run.state.inputs)
    verdicts = preview(run.plan, new or run.plan, run.state, Fork(start, **about), {})  # type: ignore[arg-type]
    return {verdict.path: (verdict.what, verdict.why) for verdict in verdicts}


def forked(run: Given, start: str, new: Plan | None = None, **about: object) -> Given:
    """The run that is forked from another."""
    assert run.state is not None
    about.setdefault("inputs", run.state.inputs)
    fork = Fork(start, **about)  # type: ignore[arg-type]
    verdicts = preview(run.plan, new or run.plan, run.state, fork, {})
    kept = tuple(keep(run.state, fork, verdicts))
    origin = Forked(run.state.id, start, run.state.seq)
    return Given(new or run.plan, inputs=fork.inputs, fork=origin, kept=kept)
