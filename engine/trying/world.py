"""Runs that are kept nowhere: the rules of the machine over values in memory."""

from __future__ import annotations

from contextlib import nullcontext, suppress

from msgspec import Struct

from engine.definition.graph import compile_graph
from engine.definition.link import link, uses
from engine.definition.model import Definition, Workflow
from engine.errors import CommandRefused, NotFound
from engine.family import consequences
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.decide import decide
from engine.machine.plan import Plan
from engine.machine.state import RunState
from engine.trying.model import Library


class Happened(Struct, frozen=True):
    """An event of a run, in the order in which it came about over all of them."""

    run: str
    event: e.AnyEvent


class World:
    """All runs of one try. Their versions are the names of their definitions."""

    def __init__(self, library: Library, now: float) -> None:
        self.now = now
        self.states: dict[str, RunState] = {}
        self.happened: list[Happened] = []
        self._library = library
        self._plans: dict[str, Plan] = {}

    def plan(self, workflow: str) -> Plan:
        """A workflow, linked and compiled. Raises NotFound, and what linking does."""
        if workflow not in self._plans:
            found = self.workflow(workflow)
            used = {key: self._named(key) for key in self.pins(found)}
            linked = link(found, used)
            self._plans[workflow] = Plan(linked, compile_graph(linked))
        return self._plans[workflow]

    def workflow(self, name: str) -> Workflow:
        found = self._named(f"workflow/{name}")
        assert isinstance(found, Workflow)
        return found

    def plan_of(self, run: str) -> Plan:
        return self.plan(self.states[run].workflow)

    def apply(self, run: str, command: c.Command) -> RunState:
        """Apply a command with all that follows from it, as the engine does.

        Raises CommandRefused and InvalidValues.
        """
        state = self.states.get(run)
        if isinstance(command, c.StartRun):
            plan = self.plan(command.version)
        else:
            plan = self.plan_of(run)
        change = decide(plan, state, command, self.now)
        self.states[run] = change.state
        self.happened += [Happened(run, entry.event) for entry in change.entries]
        for other, follows in consequences(plan, change):
            must = isinstance(follows, c.RetryRun)
            with nullcontext() if must else suppress(CommandRefused):
                self.apply(other, follows)
        return self.states[run]

    def pins(self, workflow: Workflow) -> dict[str, str]:
        """Every definition that a workflow uses, those of what it uses among them."""
        found: dict[str, str] = {}
        waiting = [*uses(workflow)]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found[key] = key.partition("/")[2]
                waiting += uses(self._named(key))
        return found

    def _named(self, key: str) -> Definition:
        if key not in self._library:
            kind, _, name = key.partition("/")
            raise NotFound(f"there is no {kind} `{name}`, or it has problems")
        return self._library[key]
