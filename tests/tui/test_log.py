"""The log of a run is whole, however long: to its first line, and to every hit."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.tui.bench import Room, Seat, sit_down
from tests.tui.room import piece
from tui import stretch
from tui.stretch import HELD, PAGE

MANY = 100_000
FEW = 3 * HELD


def write(room: Room, run: str, count: int, **others: tuple[str, str]) -> None:
    """Numbered lines; `at_7=("err", "text")` is line 7 instead."""
    for first in range(0, count, 10_000):
        numbers = range(first, min(first + 10_000, count))
        lines = [others.get(f"at_{n}", ("out", f"line {n}")) for n in numbers]
        room.log(run, *((stream, text, False) for stream, text in lines))


def run_of(room: Room, count: int, **others: tuple[str, str]) -> str:
    run = room.start()
    write(room, run, count, **others)
    return run


async def at_the_log(seat: Seat, last: str) -> None:
    await seat.press("3", "z")
    await seat.sees(last)


def shown(seat: Seat) -> list[str]:
    """The texts of the lines that are in sight."""
    rows = [line.partition("20 draft ")[2] for line in seat.lines]
    return [row.partition("  ")[0].strip() for row in rows if row]


async def test_all_of_a_long_log_is_gone_through_searched_and_followed(
    room: Room,
) -> None:
    """100,000 lines: no key waits for them, and none of them is out of reach."""
    run = run_of(room, MANY, at_60000=("err", "cp: no such file"))
    async with sit_down(room) as seat:
        await at_the_log(seat, "line 99999")
        log = seat.app.work.log_pane.vlog
        await seat.press("g", "g")
        await seat.until(lambda: shown(seat)[0] == "line 0")
        await seat.sees(" of ~100,000")
        await seat.press("E")
        await seat.sees("cp: no such file")
        # At once: whoever types slowly is led on by the beginning of it.
        seat.app.work.log_pane.filter_by("LINE 31337")
        await seat.sees("line 31337")
        await seat.sees("all round")
        assert len(log.text.lines) <= HELD
        room.log(run, ("out", "one more", False))
        await seat.sees("+1 new")
        await seat.press("G")
        await seat.sees("one more")
        assert log.following
        assert "all round" not in seat.screen


async def test_one_scrolls_up_over_all_pages_and_down_again(room: Room) -> None:
    run_of(room, FEW)
    async with sit_down(room, (80, 100)) as seat:
        await at_the_log(seat, f"line {FEW - 1}")
        await seat.press("z")  # half a page is many lines
        log = seat.app.work.log_pane.vlog
        await seat.until(lambda: log.size.height > 80)
        height = log.size.height
        half, first = height // 2, FEW - height
        while first:
            await seat.press(*["pageup"] * 10)
            first = max(0, first - 10 * half)
            there = [f"line {n}" for n in range(first, first + height)]
            await seat.until(lambda: shown(seat) == there)  # noqa: B023
            assert len(log.text.lines) <= HELD
        while not log.following:
            await seat.press(*["pagedown"] * 10)
        assert shown(seat)[-1] == f"line {FEW - 1}"


async def test_where_one_is_stands_in_the_title(room: Room) -> None:
    run_of(room, FEW)
    async with sit_down(room) as seat:
        await at_the_log(seat, f"line {FEW - 1}")
        height = seat.app.work.log_pane.vlog.size.height
        await seat.press("k")
        await seat.sees(f"{FEW - height:,}-{FEW - 1:,} of ~{FEW:,}")
        await seat.press("home")
        await seat.sees(f"1-{height} of ~{FEW:,}")


async def test_the_next_hit_is_found_beyond_and_the_one_before(room: Room) -> None:
    run_of(room, FEW, at_10=("out", "a needle"), at_5000=("out", "NEEDLE too"))
    async with sit_down(room) as seat:
        await at_the_log(seat, f"line {FEW - 1}")
        await seat.press("/", *"needle", "enter")
        await seat.sees("a needle")
        await seat.press("n")
        await seat.sees("NEEDLE too")
        await seat.press("N")
        await seat.sees("a needle")
        await seat.press("N")
        await seat.sees("NEEDLE too")
        await seat.sees("all round")


async def test_a_text_that_no_line_has_is_told(room: Room) -> None:
    run_of(room, FEW)
    async with sit_down(room) as seat:
        await at_the_log(seat, f"line {FEW - 1}")
        await seat.press("/", *"nowhere", "enter")
        await seat.sees("no line has it")
        await seat.press("E")
        await seat.sees("no line tells of a failure")


async def test_a_search_is_told_and_given_up(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_of(room, FEW)
    monkeypatch.setattr(stretch, "BREATH", 0.5)
    monkeypatch.setattr("tui.panes.logged.MOMENT", 0.01)
    async with sit_down(room) as seat:
        await at_the_log(seat, f"line {FEW - 1}")
        await seat.press("/", *"nowhere", "enter")
        await seat.sees("searching…")
        await seat.press("escape")
        await seat.until(lambda: not seat.at_work("search"))
        assert "searching" not in seat.screen
        assert seat.app.work.pane_id == "log"


async def test_a_word_that_comes_in_pieces_is_found(room: Room) -> None:
    run = room.start()
    room.log(run, ("llm", "a nee", True), ("llm", "dle", True), ("llm", "\n", False))
    write(room, run, FEW)
    async with sit_down(room) as seat:
        await at_the_log(seat, f"line {FEW - 1}")
        await seat.press("/", *"needle", "enter")
        await seat.sees("draft llm a needle")


async def test_a_step_s_own_lines_are_all_there_however_far_back(room: Room) -> None:
    run = room.start()
    room.succeed(run, "draft", {"text": "x"})
    room.log(run, *[("out", f"early {n}", False) for n in range(3 * PAGE)])
    room.log(run, *[("out", f"late {n}", False) for n in range(FEW)], path="ask")
    async with sit_down(room) as seat:
        await seat.press("3")
        await seat.sees(f"ask late {FEW - 1}")
        await seat.press("]")
        await seat.sees(f"draft early {3 * PAGE - 1}")
        assert "ask late" not in seat.screen
        await seat.press("g", "g")
        await seat.sees("draft early 0")
        room.log(run, ("out", "of another", False), path="ask")
        room.log(run, ("out", "of this one", False))
        await seat.sees("+1 new")
        await seat.press("F")
        await seat.sees("draft of this one")
        assert "of another" not in seat.screen


async def test_a_flood_is_followed_at_its_end_and_no_line_is_lost(room: Room) -> None:
    run = run_of(room, 10)
    async with sit_down(room) as seat:
        await at_the_log(seat, "line 9")
        for begun in range(10):
            room.log(run, *(("out", f"{begun}-{at}", False) for at in range(2 * PAGE)))
            await seat.sees(f"{begun}-{2 * PAGE - 1}")
        log = seat.app.work.log_pane.vlog
        assert len(log.text.lines) <= HELD * 1.1
        await seat.press("g", "g")
        await seat.until(lambda: shown(seat)[0] == "line 0")


async def test_a_long_answer_in_pieces_fills_the_screen(room: Room) -> None:
    """A line of a thousand pieces takes no more of the stretch than another."""
    run = run_of(room, PAGE)
    room.log(run, *(("llm", f"{n % 10}", True) for n in range(3 * PAGE)))
    async with sit_down(room, (80, 24)) as seat:
        await seat.press("3", "z")
        await seat.sees("123456789")
        await seat.press("g", "g")
        await seat.until(lambda: shown(seat)[0] == "line 0")
        await seat.press("G")
        room.log(run, ("llm", "END", False))
        await seat.sees("89END")


async def test_every_byte_is_shown_as_it_was_written_and_obeyed_by_nobody(
    room: Room,
) -> None:
    run = room.start()
    exact = b"\x1b[31mred\x1b[0m \xff\\ \xc3\xa9\xe2\x80\xae\r\n"
    room.engine.log([replace(piece(run, "out", "red �"), exact=exact)]).result()
    room.log(run, ("out", "plain", False))
    async with sit_down(room, (120, 40)) as seat:
        await at_the_log(seat, "red �")
        await seat.press("e")
        await seat.sees(r"\x1b[31mred\x1b[0m \xff\\ é\xe2\x80\xae\r\n")
        await seat.sees(r"draft plain\n")
        await seat.sees("raw")
        room.log(run, ("out", "later", True), ("out", " on", False))
        await seat.sees(r"draft later on\n")
        await seat.press("/", *r"\x1b[31m", "enter")
        assert "no line has it" not in seat.screen
        await seat.press("escape", "e")
        await seat.sees("red �")
        assert r"\x1b" not in seat.screen


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("*", "The run has written nothing yet."),
        ("draft", "draft has written nothing."),
        ("ask", "ask has not begun."),
    ],
)
async def test_an_empty_log_says_what_would_fill_it(
    room: Room, path: str, words: str
) -> None:
    run = room.start()
    room.succeed(run, "draft", {"text": "x"})
    async with sit_down(room) as seat:
        await seat.press("3")
        await seat.sees("ask")
        seat.app.work.log_pane.select(path)
        await seat.sees(words)
        await seat.sees("What programs print stands here")
        room.log(run, ("out", "said", False), path="draft" if path == "*" else path)
        await seat.sees("said")
        assert words not in seat.screen
