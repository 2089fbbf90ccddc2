"""The log: follows until someone reads, finds, wraps, and paints little."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.strip import Strip

from tests.tui.dump import dump
from tui.widgets.logtext import LONGEST, LogText
from tui.widgets.vlog import LogLine, VLog

MARKUP = ["[/b] oops", "a [/] b", "[link=http://evil]x[/link]", '[@click="app.x"]X[/]']


class Counting(VLog):
    painted = 0

    def render_line(self, y: int) -> Strip:
        self.painted += 1
        return super().render_line(y)


class Reader(App[None]):
    def __init__(self, every: float = 0.0) -> None:
        super().__init__()
        self.vlog = Counting(every=every, empty="nothing said yet\nn starts a run")

    def compose(self) -> ComposeResult:
        yield self.vlog


def line(text: str, stamp: str = "10:00:00", style: str = "") -> LogLine:
    return LogLine(stamp, "draft", style, text)


def lines(count: int) -> list[LogLine]:
    return [line(f"line {n}") for n in range(count)]


def rows(app: Reader) -> list[str]:
    return [row.rstrip(" ▁▂▃▄▅▆▇█") for row in dump(app).split("\n")]


async def test_lines_are_shown_with_their_time_and_tag() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append([line("hello", style="$text-error"), line("world")])
        await pilot.pause()
        assert rows(app)[:2] == ["10:00:00 draft hello", "10:00:00 draft world"]


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "solarized-light"])
async def test_a_time_stands_out_from_its_ground_in_each_theme(theme: str) -> None:
    app = Reader()
    app.theme = theme
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append([line("hello")])
        await pilot.pause()
        stamp = next(iter(app.vlog.render_line(0))).style
        assert stamp is not None
        assert stamp.color is not None
        assert stamp.bgcolor is not None
        drawn, ground = map(Color.from_rich_color, (stamp.color, stamp.bgcolor))
        assert abs(drawn.brightness - ground.brightness) > 0.4


async def test_without_lines_it_says_what_it_is() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        assert rows(app)[:2] == ["nothing said yet", "n starts a run"]
        app.vlog.append(lines(1))
        await pilot.pause()
        assert rows(app)[:2] == ["10:00:00 draft line 0", ""]


@pytest.mark.parametrize("text", MARKUP)
async def test_markup_in_a_line_is_text(text: str) -> None:
    app = Reader()
    async with app.run_test(size=(80, 4)) as pilot:
        app.vlog.append([LogLine(text, text, "", text)])
        await pilot.pause()
        assert dump(app).startswith(f"{text} {text} {text}"[:80].rstrip())


async def test_it_follows_the_end() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append(lines(100))
        await pilot.pause()
        assert rows(app)[-1] == "10:00:00 draft line 99"


async def test_it_stops_following_when_someone_scrolls_up_and_counts() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append(lines(100))
        await pilot.press("k")
        app.vlog.append(lines(3))
        await pilot.pause()
        assert rows(app)[0] == "10:00:00 draft line 95"
        assert "+3 new" in rows(app)[3]
        await pilot.press("F")
        assert rows(app)[3] == "10:00:00 draft line 2"
        assert app.vlog.following


async def test_scrolling_down_to_the_end_follows_again() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append(lines(100))
        await pilot.press("home")
        assert not app.vlog.following
        await pilot.press("G")
        assert app.vlog.following


async def test_an_open_line_goes_on() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append([line("Dear")])
        app.vlog.extend_last(" Ana,\nyour")
        app.vlog.extend_last(" refund")
        await pilot.pause()
        assert rows(app)[:2] == [
            "10:00:00 draft Dear Ana,",
            "10:00:00 draft your refund",
        ]


async def test_wrapped_lines_show_all_their_text() -> None:
    app = Reader()
    async with app.run_test(size=(21, 6)) as pilot:
        app.vlog.append([line("日本語" * 4), line("b" * 30)])
        await pilot.press("w", "t")
        assert rows(app)[:4] == [
            "draft 日本語日本語日",
            "本語日本語",
            "draft bbbbbbbbbbbbbb",
            "bbbbbbbbbbbbbbbb",
        ]


async def test_wrapping_keeps_the_line_at_the_top() -> None:
    app = Reader()
    async with app.run_test(size=(21, 6)) as pilot:
        app.vlog.append([line(f"{n} " + "x" * 30) for n in range(100)])
        await pilot.press("home", "ctrl+d", "ctrl+d")
        top = rows(app)[0]
        await pilot.press("w")
        assert rows(app)[0][:17] == top[:17]
        await pilot.press("w")
        assert rows(app)[0] == top


async def test_wrapping_does_not_start_to_follow() -> None:
    app = Reader()
    async with app.run_test(size=(21, 4)) as pilot:
        app.vlog.append([line("x" * 40) for _ in range(100)])
        await pilot.press("w", "k")
        app.vlog.append(lines(3))
        await pilot.press("w")
        assert not app.vlog.following
        assert app.vlog.waiting == 3


async def test_sideways_moves_over_long_lines() -> None:
    app = Reader()
    async with app.run_test(size=(30, 4)) as pilot:
        app.vlog.append([line("a" * 50 + "end")])
        await pilot.press("dollar_sign")
        assert rows(app)[0].endswith("end")
        await pilot.press("0", "l")
        assert rows(app)[0].startswith("raft aaa")
        await pilot.press("h")
        assert rows(app)[0].startswith("10:00:00")


async def test_finding_goes_to_the_next_line_that_has_it_and_round() -> None:
    app = Reader()
    async with app.run_test(size=(50, 9)) as pilot:
        app.vlog.append(lines(300))
        await pilot.press("home")
        assert app.vlog.find("LINE 7") == 11
        for key, wanted in (("", 7), ("n", 70), ("n", 71), ("N", 70), ("N", 7)):
            await pilot.press(*key)
            await pilot.pause()
            assert f"10:00:00 draft line {wanted}" in rows(app)
        await pilot.press("N")
        assert "10:00:00 draft line 79" in rows(app)
        assert app.vlog.find("no such text") == 0


async def test_seek_goes_to_a_line_that_is_wanted() -> None:
    app = Reader()
    async with app.run_test(size=(50, 9)) as pilot:
        app.vlog.append([*lines(50), line("broken", style="$text-error"), *lines(50)])
        await pilot.press("home")
        assert app.vlog.seek(lambda line: bool(line.style))
        await pilot.pause()
        assert "10:00:00 draft broken" in rows(app)
        assert not app.vlog.seek(lambda line: bool(line.style))
        assert not app.vlog.following


async def test_a_flood_is_painted_at_once_and_then_no_sooner_than_allowed() -> None:
    app = Reader(every=3600.0)
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append([line("first")])
        await pilot.pause()
        painted = app.vlog.painted
        for n in range(1000):
            app.vlog.append([line(f"flood {n}")])
        await pilot.pause()
        assert rows(app)[0] == "10:00:00 draft first"
        assert app.vlog.painted == painted


async def test_what_is_laid_out_for_another_width_does_not_stay_so() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.action_wrap()
        app.vlog.append(lines(2))
        await pilot.pause()
        app.vlog.text.lay_out(1)
        app.vlog.refresh()
        await pilot.pause()
        await pilot.pause()
        assert rows(app)[:2] == ["10:00:00 draft line 0", "10:00:00 draft line 1"]


async def test_nothing_is_painted_while_nothing_comes() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append(lines(10))
        await pilot.pause()
        assert app.vlog._timer is None
        painted = app.vlog.painted
        await pilot.pause()
        assert app.vlog.painted == painted


async def test_new_lines_out_of_sight_paint_only_the_count() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append(lines(100))
        await pilot.press("home")
        app.vlog.painted = 0
        app.vlog.append(lines(5))
        await pilot.pause()
        assert app.vlog.painted == 1


async def test_selected_text_can_be_copied() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append([line("Dear Ana"), line("refund")])
        await pilot.pause()
        await pilot.mouse_down(VLog, offset=(15, 0))
        await pilot.hover(VLog, offset=(21, 1))
        await pilot.mouse_up(VLog, offset=(21, 1))
        assert app.screen.get_selected_text() == "Dear Ana\n10:00:00 draft refund"


async def test_clearing_begins_again() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append(lines(100))
        await pilot.press("home")
        app.vlog.clear()
        app.vlog.append(lines(2))
        await pilot.pause()
        assert rows(app)[:2] == ["10:00:00 draft line 0", "10:00:00 draft line 1"]
        assert app.vlog.following


async def test_a_narrower_screen_keeps_the_end_in_sight() -> None:
    app = Reader()
    async with app.run_test(size=(60, 8)) as pilot:
        app.vlog.append([line(f"{n} " + "x" * 40) for n in range(50)])
        await pilot.press("w")
        await pilot.resize_terminal(30, 4)
        await pilot.pause()
        assert app.vlog.following
        assert app.vlog.scroll_offset.y == app.vlog.max_scroll_y


def keyed(*keys: int) -> LogText:
    text = LogText()
    text.add(line(f"line {key}")._replace(key=key) for key in keys)
    return text


async def test_other_lines_are_taken_and_the_one_at_the_top_stays_there() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.take(keyed(*range(50, 100)))
        await pilot.press("home", "j", "j")
        assert rows(app)[0] == "10:00:00 draft line 52"
        app.vlog.take(keyed(*range(90)))
        await pilot.pause()
        assert rows(app)[0] == "10:00:00 draft line 52"
        app.vlog.take(keyed(*range(0, 90, 50)))  # what it was has become part of 50
        await pilot.pause()
        assert "10:00:00 draft line 50" in rows(app)
        assert not app.vlog.following


async def test_lines_are_taken_while_the_end_is_followed() -> None:
    app = Reader()
    async with app.run_test(size=(50, 4)) as pilot:
        app.vlog.append(lines(10))
        app.vlog.take(keyed(*range(100)))
        await pilot.pause()
        assert rows(app)[-1] == "10:00:00 draft line 99"
        assert app.vlog.following


def test_the_lines_of_a_key_are_found_and_those_before_one_forgotten() -> None:
    text = keyed(1, 2, 2, 2, 5)
    assert [text.index_of(key) for key in (1, 2, 3, 5, 9)] == [0, 1, 4, 4, 5]
    assert [text.place_of(index) for index in (0, 3, 4)] == [(1, 0), (2, 2), (5, 0)]
    text.oldest = 2
    assert text.drop_oldest() == 1
    assert [each.key for each in text.lines] == [2, 2, 2, 5]


def test_a_very_long_line_is_cut_on_the_screen_and_says_so() -> None:
    text = LogText()
    text.add([line("x" * (LONGEST + 5))])
    text.extend_last("yy")
    assert len(text.lines[0].text) == LONGEST
    assert text.lines[0].shown(True).endswith("… 7 more characters")


def test_rows_are_found_again_after_old_lines_are_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.widgets.logtext.MOST", 10)
    text = LogText()
    text.lay_out(20)
    text.add([line(f"{n:02} " + "x" * 20) for n in range(12)])
    assert text.drop_oldest() == 4
    assert text.rows == 20
    assert text.lines[text.locate(0)[0]].text.startswith("02")
    text.add([line("last")])
    assert text.row_of(10) == 20
    assert text.locate(20) == (10, 0, 19)


@pytest.mark.parametrize("columns", [0, 1, 7, 20])
def test_every_row_is_a_piece_of_its_line(columns: int) -> None:
    text = LogText()
    text.lay_out(columns)
    text.add([line(t) for t in ("", "日本語" * 9, "x" * 50, "é" * 13, "a\nb")])
    pieces = [text.locate(row) for row in range(text.rows)]
    for index, logged in enumerate(text.lines):
        shown = logged.shown(True)
        assert "".join(shown[a:b] for i, a, b in pieces if i == index) == shown
        assert pieces[text.row_of(index)][:2] == (index, 0)
