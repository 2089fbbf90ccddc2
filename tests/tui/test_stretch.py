"""A stretch of a log: never larger than it may be, and no piece of it missing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from store import logs
from store.database import Database
from store.records import LogRecord
from tests.tui.bench import Room
from tests.tui.room import piece
from tui import stretch as s
from tui.stretch import Log, Sought, Stretch

PIECES = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.booleans()), max_size=12)


@given(PIECES)
def test_pieces_of_a_line_are_one_and_no_byte_is_lost(
    given_: list[tuple[str, bool]],
) -> None:
    pieces = [
        replace(piece("r1", "out", f"{n}", is_open, path), id=n)
        for n, (path, is_open) in enumerate(given_)
    ]
    found = s.merged(pieces)
    assert b"".join(p.written for p in found) == b"".join(p.written for p in pieces)
    assert not any(s.goes_on(one, next_) for one, next_ in pairwise(found))
    back = [s._merge(group) for group in s._groups(reversed(pieces), back=True)]
    assert back[::-1] == found


def test_bytes_that_no_text_says_are_kept_when_pieces_become_one() -> None:
    first = replace(piece("r1", "out", "�", open_=True), exact=b"\xff")
    (line,) = s.merged([first, piece("r1", "out", "b")])
    assert (line.text, line.written) == ("�b", b"\xffb\n")


@pytest.fixture
def log(room: Room) -> Log:
    run = room.start()
    room.log(run, *(("out", f"line {n}", False) for n in range(s.HELD + 3 * s.PAGE)))
    message = LogRecord(
        run=run, path="ask", attempt=1, at=1.0, stream="prompt", text="x\n" * 700
    )
    room.engine.log([message]).result()
    room.log(run, *(("err", f"last {n}", False) for n in range(3)))
    return Log(run)


def whole(database: Database, log: Log) -> list[LogRecord]:
    return logs.page(database, log.run, limit=1_000_000)


Step = Callable[[Database, Log, Stretch], Stretch]


@pytest.mark.parametrize(
    ("begin", "step"), [(s.newest, s.older), (s.oldest, s.newer)], ids=["up", "down"]
)
def test_going_from_one_end_to_the_other_passes_every_line(
    room: Room, log: Log, begin: Callable[[Database, Log], Stretch], step: Step
) -> None:
    database = room.engine.database
    every = whole(database, log)
    stretch = begin(database, log)
    seen = {*stretch.pieces}
    while not seen >= {every[0], every[-1]}:
        stretch = step(database, log, stretch)
        at = every.index(stretch.pieces[0])
        assert stretch.pieces == every[at : at + len(stretch.pieces)]
        assert len(stretch.pieces) <= s.HELD + 700  # a message is not cut
        seen |= {*stretch.pieces}
    assert seen == {*every}


def test_where_a_stretch_stands_is_kept_up_as_it_goes(room: Room, log: Log) -> None:
    database = room.engine.database
    every = whole(database, log)
    stretch = s.counted(database, log, s.newest(database, log))
    assert stretch.total == len(every)
    while not stretch.first:
        assert every[stretch.before] == stretch.pieces[0]
        stretch = s.older(database, log, stretch)
    for _ in range(5):
        stretch = s.newer(database, log, stretch)
        assert every[stretch.before] == stretch.pieces[0]


def test_a_search_goes_all_round_and_not_through_what_is_held(
    room: Room, log: Log
) -> None:
    database = room.engine.database
    every = whole(database, log)
    begins, ends = every[1000].id, every[1100].id

    def found(needle: str, **how: object) -> tuple[str, bool] | None:
        sought = Sought(needle, begins, ends, **how)  # type: ignore[arg-type]
        for hit in s.search(database, log, sought, Event()):
            (line,) = [p.text for p in every if p.id == hit.key][:1]
            return line, hit.round
        return None

    assert found("line 120") == ("line 1200", False)
    assert found("line 120", back=True) == ("line 120", False)
    assert found("line 99") == ("line 99", True)
    assert found("line 7", back=True) == ("line 799", False)
    assert found("line 12 ") is None
    assert found("line 33") == ("line 3300", False)
    assert found("line 998") == ("line 998", True)
    assert found("line 1050") is None
    assert found("", streams=("err",)) == ("last 0", False)
    assert found("", streams=("err",), back=True) == ("last 2", True)


def test_a_search_that_is_stopped_finds_nothing(room: Room, log: Log) -> None:
    stop = Event()
    stop.set()
    assert s.search(room.engine.database, log, Sought("line", 1, 2), stop) == []
