"""What was not told because the store refused is told at the next look."""

from __future__ import annotations

import pytest

from engine.blocking import Blocking
from store.errors import DatabaseBusy
from tests.tui.bench import Room
from tui.messages import BlocksRead
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
