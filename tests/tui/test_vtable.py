"""The table: a cursor that stays on its key, and paints only what changed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.content import Content
from textual.strip import Strip

from tests.tui.dump import dump
from tui.widgets.safe import plain
from tui.widgets.vtable import Column, VTable

MARKUP = ["[/b] oops", "a [/] b", "[link=http://evil]x[/link]", '[@click="app.x"]X[/]']
COLUMNS = [
    Column("id", "ID", 6, priority=9),
    Column("name", "WORKFLOW", None, priority=8),
    Column("state", "STATE", 8, priority=7),
    Column("took", "TOOK", 5, priority=1, align="right"),
]


class Counting(VTable):
    """Notes which lines it was asked to paint."""

    painted: list[int]

    def render_line(self, y: int) -> Strip:
        self.painted.append(y)
        return super().render_line(y)


class Shop(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.table = Counting(COLUMNS, empty="no runs yet\nn starts one")
        self.table.painted = []
        self.heard: list[tuple[str, str | None]] = []

    def compose(self) -> ComposeResult:
        yield self.table

    @on(VTable.Selected)
    def note_selected(self, message: VTable.Selected) -> None:
        self.heard.append(("selected", message.key))

    @on(VTable.Opened)
    def note_opened(self, message: VTable.Opened) -> None:
        self.heard.append(("opened", message.key))


def cells(key: str) -> Sequence[Content | str]:
    return (key, f"work {key}", plain("▶ run", "$text-primary"), "12s")


def keys(count: int) -> list[str]:
    return [f"r{n}" for n in range(count)]


async def test_it_shows_rows_under_their_titles() -> None:
    app = Shop()
    async with app.run_test(size=(44, 4)) as pilot:
        app.table.show(keys(2), cells)
        await pilot.pause()
        assert dump(app).split("\n") == [
            "  ID     WORKFLOW             STATE     TOOK",
            "> r0     work r0              ▶ run      12s",
            "  r1     work r1              ▶ run      12s",
            "",
        ]


async def test_the_columns_of_least_priority_go_first() -> None:
    app = Shop()
    async with app.run_test(size=(28, 3)) as pilot:
        app.table.show(keys(1), cells)
        await pilot.pause()
        assert dump(app).split("\n")[:2] == [
            "  ID     WORKFLOW   STATE",
            "> r0     work r0    ▶ run",
        ]


async def test_a_lesser_column_has_the_room_in_which_no_greater_one_fits() -> None:
    app = Shop()
    async with app.run_test(size=(23, 3)) as pilot:
        app.table.show(keys(1), cells)
        await pilot.pause()
        assert dump(app).split("\n")[:2] == [
            "  ID     WORKFLOW  TOOK",
            "> r0     work r0    12s",
        ]


async def test_without_rows_it_says_what_it_is_and_how_to_fill_it() -> None:
    app = Shop()
    async with app.run_test(size=(44, 4)) as pilot:
        assert "no runs yet" in dump(app)
        app.table.show(keys(1), cells)
        await pilot.pause()
        assert "no runs yet" not in dump(app)
        app.table.show([], cells)
        await pilot.pause()
        assert "  n starts one" in dump(app).split("\n")
        assert app.table.selected is None


@pytest.mark.parametrize("text", MARKUP)
async def test_markup_in_a_cell_is_text(text: str) -> None:
    app = Shop()
    async with app.run_test(size=(80, 4)) as pilot:
        app.table.show(["k"], lambda key: ("k", text))
        await pilot.pause()
        assert text in dump(app)


async def test_wide_characters_keep_the_columns_in_line() -> None:
    app = Shop()
    async with app.run_test(size=(44, 4)) as pilot:
        app.table.show(["a", "b"], lambda key: (key, "日本語" * 9, "x", "1s"))
        await pilot.pause()
        assert "> a      日本語日本語日本語 … x           1s" in dump(app)


@pytest.mark.parametrize(
    ("pressed", "selected"),
    [
        ("j", "r1"),
        ("j j k", "r1"),
        ("down down up", "r1"),
        ("k", "r0"),
        ("G", "r99"),
        ("G home", "r0"),
        ("ctrl+d", "r4"),
        ("ctrl+d ctrl+u", "r0"),
        ("pagedown", "r9"),
        ("end pageup", "r90"),
    ],
)
async def test_keys_move_the_cursor(pressed: str, selected: str) -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(100), cells)
        await pilot.press(*pressed.split())
        assert app.table.selected == selected
        assert f"> {selected} " in dump(app)


async def test_moving_paints_two_rows_and_tells_the_key() -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(100), cells)
        await pilot.pause()
        app.table.painted.clear()
        app.heard.clear()
        await pilot.press("j")
        assert sorted(app.table.painted) == [1, 2]
        assert app.heard == [("selected", "r1")]


async def test_who_changes_the_rows_hears_where_the_cursor_went() -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(3), cells)
        app.call_later(app.table.show, ["r2"], cells)
        await pilot.pause()
        assert app.heard == [("selected", "r0"), ("selected", "r2")]


async def test_at_the_edge_it_jumps_half_a_page() -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(100), cells)
        await pilot.press(*"j" * 9)
        assert dump(app).split("\n")[5].startswith("> r9 ")


async def test_rows_inserted_above_do_not_move_what_is_being_read() -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(100), cells)
        app.table.select("r50")
        await pilot.pause()
        before = dump(app)
        app.table.show(["new", *keys(100)], cells)
        await pilot.pause()
        assert dump(app) == before


async def test_a_row_inserted_at_the_top_is_seen_there() -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(100), cells)
        app.table.show(["new", *keys(100)], cells)
        await pilot.pause()
        assert dump(app).split("\n")[1].startswith("  new ")
        assert app.table.selected == "r0"


async def test_enter_opens_the_row_under_the_cursor() -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(3), cells)
        await pilot.press("j", "enter", "l")
        assert app.heard[-2:] == [("opened", "r1"), ("opened", "r1")]


async def test_marks_stand_on_keys_and_go_with_them() -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(3), cells)
        app.table.marked = {"r1"}
        await pilot.press("j")
        assert ">*r1 " in dump(app)
        app.table.show(["r2", "r1"], cells)
        assert app.table.marked == {"r1"}
        app.table.show(["r2"], cells)
        assert app.table.marked == set()


async def test_the_same_rows_again_paint_nothing() -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(5), cells)
        await pilot.pause()
        app.table.painted.clear()
        app.table.show(keys(5), cells)
        await pilot.pause()
        assert app.table.painted == []


async def test_a_changed_row_alone_is_painted() -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(5), cells)
        await pilot.pause()
        app.table.painted.clear()
        app.table.show(keys(5), lambda k: (k, "new") if k == "r3" else cells(k))
        await pilot.pause()
        assert app.table.painted == [4]


async def test_a_click_selects_a_row_and_two_open_it() -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(5), cells)
        await pilot.click(VTable, offset=(5, 3))
        assert app.heard[-1] == ("selected", "r2")
        await pilot.click(VTable, offset=(5, 3), times=2)
        assert app.heard[-1] == ("opened", "r2")


async def test_a_hundred_thousand_rows_are_fetched_only_in_sight() -> None:
    app, fetched = Shop(), set[str]()

    def fetch(key: str) -> Sequence[Content | str]:
        fetched.add(key)
        return cells(key)

    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(100_000), fetch)
        await pilot.press("G")
        assert app.table.selected == "r99999"
        assert len(fetched) < 40


@pytest.mark.parametrize(
    ("after", "selected"),
    [
        (["r9", "r0", "r1", "r2", "r3"], "r2"),
        (["r3", "r2", "r1"], "r2"),
        (["r0", "r1", "r3"], "r3"),
        (["r0", "r1"], "r1"),
        (["x", "y"], "y"),
        ([], None),
    ],
)
async def test_the_cursor_stays_on_its_key_or_the_nearest(
    after: list[str], selected: str | None
) -> None:
    app = Shop()
    async with app.run_test(size=(44, 10)) as pilot:
        app.table.show(keys(4), cells)
        app.table.select("r2")
        app.table.show(after, cells)
        await pilot.pause()
        assert app.table.selected == selected


def changed(rows: list[str], chance: random.Random, fresh: Callable[[], str]) -> Any:
    """The rows after someone else inserted, removed and moved some."""
    rows = [row for row in rows if chance.random() > 0.2]
    for _ in range(chance.randrange(4)):
        rows.insert(chance.randint(0, len(rows)), fresh())
    if chance.random() < 0.3:
        chance.shuffle(rows)
    return rows


@pytest.mark.parametrize("seed", range(5))
async def test_no_change_of_others_moves_the_cursor_to_another_key(seed: int) -> None:
    app, chance = Shop(), random.Random(seed)
    names = iter(f"r{n}" for n in range(10_000))
    async with app.run_test(size=(44, 10)) as pilot:
        rows = [next(names) for _ in range(30)]
        app.table.show(rows, cells)
        for _ in range(40):
            if rows and chance.random() < 0.5:
                app.table.select(chance.choice(rows))
            before, was = rows, app.table.selected
            rows = changed(rows, chance, lambda: next(names))
            app.table.show(rows, cells)
            if was in rows:
                assert app.table.selected == was
            elif rows and (left := [key for key in before if key in rows]):
                assert app.table.selected in left
        await pilot.pause()
        shown = [line for line in dump(app).split("\n") if line.startswith(">")]
        assert [line.split()[1] for line in shown] == [app.table.selected]
