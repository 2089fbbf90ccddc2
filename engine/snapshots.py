"""Stored states of a run, so that an old one, or a long one, is quick to come by.

One is written each `EVERY` events, in the transaction that passes that number. A run
of fewer events has none: folding so few takes less than reading a snapshot would. A
state of very many steps is written less often, in proportion: otherwise a loop would
leave the square of its turns.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import msgspec

from engine import __version__
from engine.machine.state import RunState
from store import snapshots
from store.database import Database
from store.records import SnapshotRecord

EVERY = 64
WIDE = 64  # steps; of a state that holds more, one is taken less often

_encode = msgspec.json.Encoder().encode


class _Stored(msgspec.Struct, frozen=True):
    """`form` is what wrote it: another Weir may fold the same events otherwise."""

    form: str
    state: msgspec.Raw


def due(state: RunState, events: int) -> bool:
    """Whether a snapshot is to be taken of a state that so many events led to."""
    # By powers of two, so that the numbers at which one is due stay while steps come.
    every = EVERY << (len(state.steps) // WIDE).bit_length()
    return state.seq // every > (state.seq - events) // every


def take(state: RunState) -> SnapshotRecord:
    data = _encode(_Stored(form(), msgspec.Raw(_encode(state))))
    return SnapshotRecord(run=state.id, seq=state.seq, at=state.updated_at, data=data)


def nearest(database: Database, run: str, at: int | None = None) -> RunState | None:
    """The newest stored state of a run, not after event `at`; None when there is none.

    One that another version of Weir has written is no state of ours.
    """
    found = snapshots.newest(database, run, at)
    if found is None:
        return None
    stored = msgspec.json.decode(found.data, type=_Stored)
    if stored.form != form():
        return None
    return msgspec.json.decode(stored.state, type=RunState)


@cache
def form() -> str:
    """This Weir's name for how it folds: its version, and what a state consists of."""
    schema = msgspec.json.encode(msgspec.json.schema(RunState))
    return f"{__version__}/{sha256(schema).hexdigest()[:12]}"
