"""The first screen waits for nothing that only acts need."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from textual.screen import Screen

from engine import watching
from engine.desk import Desk
from engine.handle import Engine
from tests.tui.bench import Clock, Room, Seat
from tui.app import Workbench
from tui.keymap import default_keymap
from tui.late import LateDesk
from tui.personal import Personal


class Slow(LateDesk):
    """Tells who has it loaded, and is loaded only when it may."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, wakes=False)
        self.loading: list[threading.Thread] = []
        self.may = threading.Event()

    def _sit_down(self) -> Desk:
        self.loading.append(threading.current_thread())
        self.may.wait()
        return super()._sit_down()


async def test_a_runner_is_woken_after_the_first_paint(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Workbench(room.desk, Personal(default_keymap()), keeps_up=True)
    done: list[str] = []
    display = app._display

    def paint(screen: Screen[Any], what: Any) -> None:
        done.extend(["painted"] if what is not None else [])
        display(screen, what)

    monkeypatch.setattr(app, "_display", paint)
    monkeypatch.setattr(app, "keep_up", lambda: done.append("woken"))
    async with app.run_test(size=(80, 24)) as pilot:
        await Seat(room, app, pilot, Clock()).until(lambda: "woken" in done)
    assert done[0] == "painted"


async def test_no_key_waits_for_what_waking_a_runner_loads(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed = threading.Event()

    async def follow(_: Engine, __: Callable[[str], None]) -> None:
        followed.set()

    desk = Slow(room.root)
    app = Workbench(cast("Desk", desk), Personal(default_keymap()), keeps_up=True)
    monkeypatch.setattr(watching, "watch", follow)
    async with app.run_test(size=(80, 24)) as pilot:
        seat = Seat(room, app, pilot, Clock())
        await seat.sees("No run yet.")
        await seat.until(lambda: desk.loading, "the desk is asked for")
        await seat.press("2")  # a key is heard meanwhile
        await seat.sees("2 Approvals▸")
        desk.may.set()
        await seat.until(followed.is_set, "files are followed")
    assert threading.main_thread() not in desk.loading
    desk.close()


def test_a_desk_that_two_threads_ask_for_at_once_is_one(room: Room) -> None:
    desk = Slow(room.root)
    found: list[Desk] = []
    threads = [
        threading.Thread(target=lambda: found.append(desk.desk)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
        thread.join(0.1)  # so long is the first at it, and the second waits for it
    desk.may.set()
    for thread in threads:
        thread.join()
    assert len(desk.loading) == 1
    assert found[0] is found[1]
    desk.close()
