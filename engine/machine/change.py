"""The events a command leads to, folded as they are added."""

from __future__ import annotations

from engine.machine import events as e
from engine.machine.evolve import evolve
from engine.machine.state import Ending, RunState


class Change:
    """What `decide` answers: the entries to append, and the state they leave.

    An event follows from the newest event about its step, or from the one before it
    in the same change.
    """

    def __init__(self, state: RunState | None, now: float) -> None:
        self._state = state
        self.now = now
        self.entries: list[e.Entry] = []
        # What may have come to its end: scopes, and steps that hold steps, by path.
        # Looked at when all that follows from the command has been entered.
        self.scopes: dict[str, None] = {}
        self.containers: dict[str, None] = {}
        # Steps that failed and are gone on from, as their `on_error` says.
        self.handled: list[str] = []
        # How the run ends, before what is always done at the end has begun.
        self.ending: Ending | None = None

    @property
    def state(self) -> RunState:
        """The state as the events so far have left it."""
        if self._state is None:
            raise ValueError("nothing has happened to this run yet")
        return self._state

    def add(self, event: e.AnyEvent, cause: int | None = None) -> None:
        """Let it happen. Without a cause it follows from the entry before it."""
        seq = self._state.seq + 1 if self._state else 1
        if cause is None:
            cause = self.entries[-1].seq if self.entries else seq - 1
        self._state = evolve(self._state, event, seq, self.now)
        self.entries.append(e.Entry(seq, self.now, cause, event))
