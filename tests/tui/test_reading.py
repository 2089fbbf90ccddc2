"""What was not told because the store refused is told at the next look."""

from __future__ import annotations

import pytest

from engine.blocking import Blocking
from store.errors import DatabaseBusy
from tests.tui.bench import Room
from tui.messages import BlocksRead, FailuresRead
from tui.reading import Reader, Wanted


def refuse(*_: object) -> None:
    raise DatabaseBusy("somebody writes")


def test_what_blocks_is_told_once_it_can_be_read(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = room.asking()
    reader = Reader(room.desk)
    assert [*reader.news(Wanted())]
    with monkeypatch.context() as busy:
        busy.setattr(Blocking, "of", refuse)
        with pytest.raises(DatabaseBusy):
            [*reader.blocks()]
    (told,) = reader.blocks()
    assert isinstance(told, BlocksRead)
    assert [*told.blocks] == [approval]
    assert [*reader.blocks()] == []


def test_a_failure_among_very_many_events_is_told(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.reading.EVENTS", 3)
    reader = Reader(room.desk)
    assert [*reader.news(Wanted())]
    failed = room.start()
    room.asking()
    room.fail(failed, "draft", "no disk")
    room.asking()
    told = [m for m in reader.news(Wanted()) if isinstance(m, FailuresRead)]
    assert [[*m.failures.values()] for m in told] == [["Failed: ship"]]
    assert not [m for m in reader.news(Wanted()) if isinstance(m, FailuresRead)]
