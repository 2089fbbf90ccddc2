"""Many records in little memory: all but the newest are kept compressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

SIDE_BY_SIDE = 512  # records that are packed together
UNPACKED = 4  # packs at a time: a screen and a search stand in one or two each
FASTEST = 1  # of what zlib offers; a log is a tenth with it


class Packed(Generic[T]):
    """A list that grows at its end, of records of a kind that msgspec can read.

    What was taken out of a pack is a copy: to change a record, pop and append.
    """

    def __init__(self, kind: type[T]) -> None:
        self._decoder = msgspec.msgpack.Decoder(list[kind])  # type: ignore[valid-type]
        self._packs: list[bytes] = []
        self._gone = 0  # records of the first pack that were dropped
        self._newest: list[T] = []
        self._unpacked: dict[int, list[T]] = {}

    def __len__(self) -> int:
        return len(self._packs) * SIDE_BY_SIDE + len(self._newest) - self._gone

    def __getitem__(self, index: int) -> T:
        at = index if index >= 0 else index + len(self)
        if not 0 <= at < len(self):
            raise IndexError(index)
        pack, place = divmod(at + self._gone, SIDE_BY_SIDE)
        if pack >= len(self._packs):
            return self._newest[place + (pack - len(self._packs)) * SIDE_BY_SIDE]
        return self._of(pack)[place]

    def __iter__(self) -> Iterator[T]:
        return islice(self._all(), self._gone, None)

    def _all(self) -> Iterator[T]:
        for pack in self._packs:
            yield from self._decoder.decode(zlib.decompress(pack))
        yield from self._newest

    def append(self, record: T) -> None:
        self._newest.append(record)
        if len(self._newest) >= 2 * SIDE_BY_SIDE:  # so that a few can be popped
            oldest = msgspec.msgpack.encode(self._newest[:SIDE_BY_SIDE])
            self._packs.append(zlib.compress(oldest, FASTEST))
            del self._newest[:SIDE_BY_SIDE]

    def pop(self) -> T:
        if not len(self):
            raise IndexError("pop from what is empty")
        if not self._newest:
            self._newest = self._of(len(self._packs) - 1)
            self._packs.pop()
            self._unpacked.clear()
        return self._newest.pop()

    def drop(self, count: int) -> None:
        """Forget so many of the oldest."""
        if count >= len(self):
            self.clear()
            return
        if count <= 0:
            return
        packs, self._gone = divmod(self._gone + count, SIDE_BY_SIDE)
        whole = min(packs, len(self._packs))
        del self._packs[:whole], self._newest[: (packs - whole) * SIDE_BY_SIDE]
        if not self._packs:
            del self._newest[: self._gone]
            self._gone = 0
        self._unpacked.clear()

    def clear(self) -> None:
        self._packs.clear()
        self._newest.clear()
        self._unpacked.clear()
        self._gone = 0

    def _of(self, pack: int) -> list[T]:
        found = self._unpacked.get(pack)
        if found is None:
            if len(self._unpacked) >= UNPACKED:
                del self._unpacked[next(iter(self._unpacked))]
            found = self._decoder.decode(zlib.decompress(self._packs[pack]))
            self._unpacked[pack] = found
        return found
