"""Decisions that are made and not sent yet: until then they can be taken back."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING

from msgspec import Struct

from engine.errors import WeirError
from engine.machine.state import Json
from store.database import StoreError, say
from store.records import ApprovalRecord
from tui.deciders import outcome
from tui.panes.gate import Draft, Gate

if TYPE_CHECKING:
    from engine.desk import Desk

WINDOW = 5.0  # seconds
IN_TIME = 1.0  # seconds before a gate's own end at which its decision is sent


class Verdict(Struct, frozen=True):
    """A decision in the making: on exactly this gate, with what was typed for it."""

    gate: Gate
    choice: str
    draft: Draft | None = None  # the edited text that was shown
    comment: str = ""
    reason: str = ""
    inputs: dict[str, Json] | None = None

    @property
    def approves(self) -> bool:
        return self.gate.approves(self.choice)

    @property
    def id(self) -> str:
        return self.gate.approval.id

    def send(self, desk: Desk, *, trial: bool = False) -> Sent:
        """Decide so; with `trial` only tell what would be refused."""
        try:
            return Sent(self, self._decide(desk, trial=trial))
        except WeirError as error:
            return Sent(self, refused=str(error))
        except StoreError as error:
            return Sent(self, refused=say(error))

    def _decide(self, desk: Desk, *, trial: bool) -> ApprovalRecord:
        draft = self.draft
        return desk.decide(
            self.id,
            self.choice,
            seen=self.gate.approval.digest,
            comment=self.comment,
            reason=self.reason,
            inputs=self.inputs,
            edited=(draft.name, draft.text) if draft else None,
            trial=trial,
        )


class Sent(Struct, frozen=True):
    """What became of a decision: how the gate stands, or why it was refused."""

    verdict: Verdict
    decided: ApprovalRecord | None = None
    refused: str = ""

    def told(self) -> str:
        gate, choice = self.verdict.id, self.verdict.choice
        if self.decided is None:
            why = self.refused.replace(f"{gate} is ", "it is ", 1)
            return f"{gate}: {choice} is not recorded: {why}"
        return f"{gate}: {choice} is recorded; {outcome(self.decided)}"


class Held(Struct, frozen=True, eq=False):
    """What is decided by one key, and sent or taken back together."""

    verdicts: tuple[Verdict, ...]
    until: float  # by the clock of the workbench

    @property
    def words(self) -> str:
        """`approve`, or `reject of 3`."""
        choice = self.verdicts[0].choice
        return choice if len(self.verdicts) == 1 else f"{choice} of {len(self)}"

    def __len__(self) -> int:
        return len(self.verdicts)

    def left(self, now: float) -> int:
        """Whole seconds, as they are counted down."""
        return ceil(self.until - now)


class Holding:
    """What is held, the newest last.

    It is sent or taken back under one lock: never both, never twice, and whoever
    leaves waits for what is being sent.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._held: list[Held] = []
        self._lock = threading.Lock()
        self.unsaid: list[str] = []  # what was refused when one left

    def __iter__(self) -> Iterator[Held]:
        return iter([*self._held])

    def __bool__(self) -> bool:
        return bool(self._held)

    def told(self, now: float) -> str:
        """What of the newest is counted down; "" where nothing is held."""
        newest = self._held[-1:]
        return "".join(f"{held.words} {held.left(now)} s" for held in newest)

    def of(self, approval_id: str) -> Held | None:
        """What is held for a gate."""
        return next((h for h in self for v in h.verdicts if v.id == approval_id), None)

    def hold(self, verdicts: Sequence[Verdict], until: float) -> Held:
        held = Held((*verdicts,), until)
        self._held.append(held)
        return held

    def take_back(self) -> Held | None:
        """The newest, which is not sent any more; None where nothing is held."""
        with self._lock:
            return self._held.pop() if self._held else None

    def send(self, held: Held) -> list[Sent]:
        """Decide on each of it; nothing where it was sent or taken back before."""
        with self._lock:
            if held not in self._held:
                return []
            sent = [verdict.send(self._desk) for verdict in held.verdicts]
            self._held.remove(held)
            return sent

    def send_all(self) -> list[Sent]:
        return [sent for held in self for sent in self.send(held)]

    def send_at_last(self) -> None:
        """As `send_all`, where nobody is told any more: what is refused is kept."""
        self.unsaid += [each.told() for each in self.send_all() if each.refused]


def seconds_for(verdicts: Sequence[Verdict], window: float, now: float) -> float:
    """How long it can be held: the window, but for a gate that ends before."""
    ends = [v.gate.approval.deadline for v in verdicts]
    left = [end - now - IN_TIME for end in ends if end is not None]
    return max(0.0, min([window, *left]))
