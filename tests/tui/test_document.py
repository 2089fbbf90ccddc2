"""A text to decide on: all of it, wrapped, and known to have been seen."""

from __future__ import annotations

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize

from tests.tui.dump import dump
from tui.widgets.document import Document

MARKUP = ["[/b] oops", "a [/] b", "[link=http://evil]x[/link]", '[@click="app.x"]X[/]']


class Desk(App[None]):
    CSS = "Vertical { height: 100%; overflow: hidden; }"

    def __init__(self) -> None:
        super().__init__()
        self.document = Document()
        self.seen: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self.document

    @on(Document.EndSeen)
    def note(self, message: Document.EndSeen) -> None:
        self.seen.append(message.key)


@pytest.mark.parametrize("text", MARKUP)
async def test_markup_in_a_text_is_text(text: str) -> None:
    app = Desk()
    async with app.run_test(size=(80, 4)) as pilot:
        app.document.show([Content.styled("Asks", "bold"), text])
        await pilot.pause()
        assert dump(app).split("\n")[:2] == ["Asks", text]


async def test_a_long_line_is_wrapped_and_never_cut() -> None:
    app = Desk()
    async with app.run_test(size=(21, 8)) as pilot:
        app.document.show(["send mail to every customer; " + "日本語" * 5])
        await pilot.pause()
        shown = "".join(row.ljust(20)[:20].strip() for row in dump(app).split("\n"))
        assert shown == "send mail to everycustomer;" + "日本語" * 5


async def test_what_hides_is_made_visible() -> None:
    app = Desk()
    async with app.run_test(size=(60, 4)) as pilot:
        app.document.show(["ok" + " " * 300 + "; rm \x1b[2J\u202e"])
        await pilot.pause()
        assert dump(app).startswith("ok·×300; rm ␛[2J<U+202E>")


async def test_a_short_text_is_seen_when_it_is_shown() -> None:
    app = Desk()
    async with app.run_test(size=(60, 4)) as pilot:
        app.document.show(["Refund?"], key="a-1")
        await pilot.pause()
        assert app.document.end_seen
        await pilot.pause()
        assert app.seen == ["a-1"]


async def test_a_long_text_is_seen_when_its_end_has_been_on_the_screen() -> None:
    app = Desk()
    async with app.run_test(size=(60, 4)) as pilot:
        app.document.show(["\n".join(map(str, range(20)))], key="a-1")
        await pilot.press("pagedown")
        assert not app.document.end_seen
        await pilot.press("G")
        assert app.document.end_seen
        await pilot.pause()
        assert app.seen == ["a-1"]


async def test_an_end_that_is_covered_is_not_seen() -> None:
    app = Desk()
    async with app.run_test(size=(60, 4)) as pilot:
        app.document.styles.height = 30  # more than the screen has
        await pilot.pause()
        app.document.show(["\n".join(map(str, range(20)))], key="a-1")
        await pilot.pause()
        assert not app.document.end_seen


async def test_another_text_must_be_seen_anew_from_its_top() -> None:
    app = Desk()
    async with app.run_test(size=(60, 4)) as pilot:
        app.document.show(["\n".join(map(str, range(20)))], key="a-1")
        await pilot.press("G")
        app.document.show(["\n".join(map(str, range(30)))], key="a-2")
        await pilot.pause()
        assert not app.document.end_seen
        assert app.document.scroll_offset.y == 0


async def test_the_same_text_again_keeps_the_place() -> None:
    app = Desk()
    async with app.run_test(size=(60, 4)) as pilot:
        parts = ["\n".join(map(str, range(20)))]
        app.document.show(parts, key="a-1")
        await pilot.press("G")
        app.document.show(parts, key="a-1")
        await pilot.pause()
        assert app.document.end_seen
        assert app.document.scroll_offset.y == 16


async def test_a_changed_text_of_the_same_key_must_be_seen_again() -> None:
    app = Desk()
    async with app.run_test(size=(60, 4)) as pilot:
        app.document.show(["\n".join(map(str, range(20)))], key="a-1")
        await pilot.press("G")
        app.document.show(["\n".join(map(str, range(40)))], key="a-1")
        await pilot.pause()
        assert not app.document.end_seen


async def test_a_time_that_passes_does_not_unsee_the_text() -> None:
    app = Desk()
    async with app.run_test(size=(60, 4)) as pilot:
        text = "\n".join(map(str, range(20)))
        app.document.show([Content("1m ago"), text], key="a-1")
        await pilot.press("G", "home")
        app.document.show([Content("2m ago"), text], key="a-1")
        await pilot.pause()
        assert app.document.end_seen
        assert dump(app).startswith("2m ago")


class Late(Document):
    """Has not been told of a resize yet."""

    def on_resize(self, event: Resize) -> None:  # type: ignore[override]
        if self._rows:
            event.prevent_default()


async def test_the_end_is_not_seen_while_rows_are_broken_for_another_width() -> None:
    app = Desk()
    app.document = Late()
    async with app.run_test(size=(60, 4)) as pilot:
        app.document.show(["\n".join(["word " * 9] * 10)], key="a-1")
        await pilot.resize_terminal(15, 20)
        await pilot.pause()
        assert dump(app).count("word word word") == 10
        assert not app.document.end_seen
