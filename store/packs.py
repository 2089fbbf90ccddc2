"""A run's events and steps as one compressed text, and back, each byte as it was.

Rows lie in it by columns, where like stands beside like; numbers that go up are told by
their differences. zlib keeps a sum of the text, which is looked at in reading.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

import msgspec

from store.errors import DamagedDatabase
from store.records import StepRecord
from store.shapes import STEP, Row

FORM = 1  # of what follows; a later Weir goes on reading it
LARGEST = 8_000_000  # bytes of a text; a file of someone else's may say anything


class Events(msgspec.Struct, frozen=True, array_like=True):
    """Events 1, 2, … of a run. `position` and `device_seq` are differences."""

    type: list[str]
    data: list[bytes]
    at: list[float]
    cause: list[int]  # how many events before this one
    position: list[int]
    device: list[str]
    device_seq: list[int]
    blob: list[str]


class Pack(msgspec.Struct, frozen=True, array_like=True):
    """`steps` are the columns of a step but its run, in the order of its record."""

    form: int
    events: msgspec.Raw
    steps: msgspec.Raw


_pack = msgspec.msgpack.Decoder(Pack)
_events = msgspec.msgpack.Decoder(Events)
_steps = msgspec.msgpack.Decoder(list[list[str | int | float | None]])
_encode = msgspec.msgpack.Encoder().encode


class TooLarge(Exception):
    """The text would be longer than we read again."""


def pack(events: Sequence[Row], steps: Sequence[StepRecord]) -> bytes:
    """Events from 1 without a gap, as `EVENT_READ` has them, and steps of the same run.

    Raises TooLarge.
    """
    positions, _, seqs, types, data, at, causes, devices, numbers, blobs = zip(
        *events, strict=True
    )
    columns = Events(
        type=list(types),
        data=list(data),
        at=list(at),
        cause=[seq - cause for seq, cause in zip(seqs, causes, strict=True)],
        position=differences(positions),
        device=list(devices),
        device_seq=differences(numbers),
        blob=list(blobs),
    )
    rows = [STEP.row(step)[1:] for step in steps]
    by_column = [list(column) for column in zip(*rows, strict=True)]
    parts = (msgspec.Raw(_encode(part)) for part in (columns, by_column))
    text = _encode(Pack(FORM, *parts))
    if len(text) > LARGEST:
        raise TooLarge
    return zlib.compress(text, 9)


class Opened:
    """A pack that is taken apart once, for who wants more than one thing of it.

    All that it does raises DamagedDatabase.
    """

    def __init__(self, run: str, data: bytes) -> None:
        self.run = run
        with sound(run):
            self.pack = unpacked(data)

    def events(self) -> list[tuple[Any, ...]]:
        """As `EVENT_READ` has them."""
        with sound(self.run):
            found = _events.decode(self.pack.events)
            seqs = range(1, len(found.type) + 1)
            columns = (
                accumulate(found.position),
                [self.run] * len(found.type),
                seqs,
                found.type,
                found.data,
                found.at,
                [seq - back for seq, back in zip(seqs, found.cause, strict=True)],
                found.device,
                accumulate(found.device_seq),
                found.blob,
            )
            return list(zip(*columns, strict=True))

    def steps(self) -> list[Row]:
        """The columns of a step but its run, of each of them."""
        with sound(self.run):
            return list(zip(*_steps.decode(self.pack.steps), strict=True))


@contextmanager
def sound(run: str) -> Iterator[None]:
    try:
        yield
    except (zlib.error, ValueError) as error:
        raise damaged(run) from error


def events_in(run: str, data: bytes) -> list[tuple[Any, ...]]:
    """The events of a pack, as `EVENT_READ` has them. Raises DamagedDatabase."""
    return Opened(run, data).events()


def steps_in(run: str, data: bytes) -> list[StepRecord]:
    """The steps of a pack. Raises DamagedDatabase."""
    with sound(run):
        return [StepRecord(**named(run, row)) for row in Opened(run, data).steps()]


def named(run: str, row: Row) -> dict[str, Any]:
    # Not strict: a step may have columns, at their end, that it had not when packed.
    return dict(zip(STEP.names, (run, *row), strict=False))


def unpacked(data: bytes) -> Pack:
    whole = zlib.decompressobj()
    text = whole.decompress(data, LARGEST)
    if not whole.eof:
        raise ValueError("cut off, or longer than any of ours")
    found = _pack.decode(text)
    if found.form != FORM:
        raise ValueError(f"of form {found.form}")
    return found


def damaged(run: str) -> DamagedDatabase:
    return DamagedDatabase(
        f"what was packed of run {run} can't be read: restore a backup"
    )


def differences(numbers: Iterable[int]) -> list[int]:
    found, last = [], 0
    for number in numbers:
        found.append(number - last)
        last = number
    return found
