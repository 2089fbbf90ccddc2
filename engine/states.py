"""The newest states of runs in memory, which spares most commands their history."""

from __future__ import annotations

from collections import OrderedDict

import msgspec
from msgspec import Struct

from engine.machine.state import RunState
from store.writing import Batch

# In memory; a run that falls out is folded again when needed. What a state takes there
# is a few times what its events take as JSON.
MOST = 4_000
MOST_BYTES = 16_000_000


class Kept(Struct, frozen=True):
    """A state, and what its events take as JSON. `others`: when it was current."""

    others: int
    state: RunState
    size: int


class States:
    """Newest states by run. One is current when nobody else has written since.

    One that was kept before others wrote is still a right beginning, and is folded on
    from the store.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._size = 0
        self._turn: object = None  # the transaction of the newest command
        self._ended: set[str] = set()  # runs of these that have, in that transaction

    def get(self, run_id: str, others: int) -> tuple[RunState | None, bool]:
        """The state, if known, and whether it is current."""
        kept = self._kept.get(run_id)
        return (kept.state, kept.others == others) if kept else (None, False)

    def make_room(self, turn: object) -> None:
        """Forget what has ended, of which few still ask, and the oldest of too many.

        Never before it is on disk: what is not here is folded from there.
        """
        if turn is self._turn:
            return
        self._turn = turn
        for run_id in self._ended:
            self._drop(run_id)
        self._ended.clear()
        while len(self._kept) > 1 and self._is_too_much():
            self._drop(next(iter(self._kept)))

    def put(self, state: RunState, others: int, events: int, size: int) -> None:
        """Keep a state after so many events, of so many bytes together."""
        before = self._kept.get(state.id)
        self._drop(state.id)
        known = before.size if before else 0
        if before is None and state.seq > events:  # it was folded anew
            known = len(msgspec.json.encode(state))
        self._keep(Kept(others, state, known + size))
        if state.ended:
            self._ended.add(state.id)
        else:
            self._ended.discard(state.id)

    def _is_too_much(self) -> bool:
        return len(self._kept) > MOST or self._size > MOST_BYTES

    def _keep(self, kept: Kept) -> None:
        self._kept[kept.state.id] = kept
        self._size += kept.size

    def _drop(self, run_id: str) -> None:
        kept = self._kept.pop(run_id, None)
        self._size -= kept.size if kept else 0


def states_of(batch: Batch) -> States:
    remember = batch.remember
    states: States | None = remember.get(States)
    if states is None:
        states = remember[States] = States()
    return states
