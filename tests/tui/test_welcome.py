"""From an empty folder to the first gate, without having read anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.desk import Desk
from engine.starter import examples
from engine.starting import FIRST
from tests.tui.dump import dump
from tui.welcome import STARTER, Welcome, begin


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_it_says_what_a_workspace_is_and_offers_examples(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = Welcome(tmp_path)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        screen = dump(app)
        assert "A workspace is a folder with workflows/" in screen
        assert str(tmp_path)[:20] in screen
        for name, each in FIRST.items():
            assert (f" {name or STARTER} " in screen) == each.keyless
        await pilot.press("j", "j", "enter")
    assert app.return_value == "orders"


@pytest.mark.parametrize("key", ["q", "escape", "ctrl+c"])
async def test_who_leaves_has_changed_nothing(tmp_path: Path, key: str) -> None:
    app = Welcome(tmp_path)
    async with app.run_test() as pilot:
        await pilot.press(key)
    assert app.return_value is None
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a test need not wait


@pytest.mark.parametrize(
    "chosen", [name or STARTER for name, each in FIRST.items() if each.keyless]
)
def test_each_of_them_begins_its_first_run(tmp_path: Path, chosen: str) -> None:
    where = tmp_path / "place"
    run = begin(where, chosen)
    desk = Desk.open(where, via="workbench")
    try:
        state = desk.engine.load(run)
        assert state.status == "running"
        first = FIRST[None if chosen == STARTER else chosen]
        asked_for = state.variant.of if state.variant else state.workflow
        assert asked_for == first.workflow
    finally:
        desk.close()


@pytest.mark.parametrize("kept", ["", 'name = "ours"\n'])
def test_what_it_makes_asks_no_model_in_the_first_run_and_says_of_the_next(
    tmp_path: Path, kept: str
) -> None:
    where = tmp_path / "place"
    where.mkdir()
    if kept:
        (where / "weir.toml").write_text(kept)
    run = begin(where, STARTER)
    desk = Desk.open(where, via="workbench")
    try:
        by_itself = desk.workspace.config.provider == "mock"
        assert by_itself is not bool(kept)
        assert desk.engine.load(run).provider == ("" if by_itself else "mock")
    finally:
        desk.close()


def test_every_example_says_what_it_shows() -> None:
    assert {name for name in FIRST if name is not None} == set(examples())
