"""What is typed or pasted in answer to a question arrives as it is, all of it."""

from __future__ import annotations

from textual import events
from textual.widgets import Button, Input, TextArea

from engine.definition.typed import Field
from tests.tui.room import Room
from tests.tui.seat import Seat, sit_down
from tui.screens.form import Form
from tui.screens.line import Line
from tui.screens.work import WorkScreen

LETTER = """workflow: letter
inputs:
  body: {type: text, default: "one"}
steps:
  - {id: s, set: {body: "{{ inputs.body }}"}}
"""
BODY = "Dear all,\n\tfirst\nsecond \x1b[2J"
PASTED = "first line\r  second line\r\rthird"


def typed(seat: Seat) -> str:
    focused = seat.app.focused
    return focused.text if isinstance(focused, TextArea) else ""


async def test_another_run_is_given_the_same_text_to_the_byte(room: Room) -> None:
    room.save(LETTER)
    room.trust()
    run = room.start("letter", body=BODY)
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("N")
        await seat.until(lambda: isinstance(seat.app.focused, TextArea))
        await seat.press("tab", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, WorkScreen))
        await seat.until(lambda: seat.app.work.runs.chosen is not None)
        await seat.until(lambda: seat.app.work.runs.chosen.id != run)
        again = seat.app.work.runs.chosen
        assert again is not None
        assert room.engine.load(again.id).inputs == {"body": BODY}


async def test_a_text_is_typed_in_several_lines(room: Room) -> None:
    fields = {"note": Field("text"), "who": Field("string")}
    async with sit_down(room) as seat:
        form = Form("Well?", fields, done="Go on")
        seat.app.push_screen(form)
        await seat.until(lambda: isinstance(seat.app.focused, TextArea))
        await seat.sees("another line in a text")
        await seat.press("q", "enter", "b")
        await seat.until(lambda: typed(seat) == "q\nb")
        await seat.press("tab")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"ana", "enter")
        await seat.until(lambda: isinstance(seat.app.focused, Button))
        assert form.values() == {"note": "q\nb", "who": "ana"}
        await seat.press("shift+tab", "shift+tab")
        await seat.until(lambda: isinstance(seat.app.focused, TextArea))
        await seat.press("escape")
        await seat.sees("Drop what is filled in?")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.until(lambda: isinstance(seat.app.screen, WorkScreen))


async def test_all_lines_of_a_paste_are_kept(room: Room) -> None:
    fields = {"note": Field("text"), "who": Field("string")}
    async with sit_down(room) as seat:
        form = Form("Well?", fields, done="Go on")
        seat.app.push_screen(form)
        await seat.until(lambda: isinstance(seat.app.focused, TextArea))
        seat.app.post_message(events.Paste(PASTED))
        await seat.until(lambda: typed(seat))
        await seat.press("tab")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        seat.app.post_message(events.Paste(PASTED))
        await seat.until(lambda: "who" in form.values())
        assert form.values() == {
            "note": "first line\n  second line\n\nthird",
            "who": "first line second line third",
        }


async def test_all_lines_of_a_pasted_reason_are_sent(room: Room) -> None:
    said = []
    async with sit_down(room) as seat:
        seat.app.push_screen(Line("Why?"), said.append)
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        seat.app.post_message(events.Paste("Too cold.\nWarmer, please."))
        await seat.sees("Too cold. Warmer, please.")
        await seat.press("enter")
        await seat.until(lambda: said)
        assert said[0].text == "Too cold. Warmer, please."


async def test_who_leaves_what_is_filled_in_is_asked_first(room: Room) -> None:
    left = []
    async with sit_down(room) as seat:
        form = Form("Well?", {"who": Field("string")}, done="Go on")
        seat.app.push_screen(form, left.append)
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"ana", "escape")
        await seat.sees("Drop what is filled in?")
        seat.clock.forward(1)
        await seat.press("enter")
        await seat.until(lambda: seat.app.screen is form)
        assert form.values() == {"who": "ana"}
        await seat.press("escape")
        await seat.sees("Drop what is filled in?")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.until(lambda: left == [None])
        await seat.until(lambda: isinstance(seat.app.screen, WorkScreen))


async def test_who_leaves_a_form_as_it_was_given_is_asked_nothing(room: Room) -> None:
    fields = {
        "who": Field("string", default="ana", has_default=True),
        "note": Field("text", default="one\n\ttwo", has_default=True),
        "loud": Field("boolean", default=True, has_default=True),
        "much": Field("number", default=2.5, has_default=True),
    }
    async with sit_down(room) as seat:
        seat.app.push_screen(Form("Well?", fields, done="Go on"))
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press("escape")
        await seat.until(lambda: isinstance(seat.app.screen, WorkScreen))


async def test_what_was_wrong_is_not_told_of_what_is_typed_since(room: Room) -> None:
    fields = {"who": Field("string"), "much": Field("number", minimum=10)}
    async with sit_down(room) as seat:
        form = Form("Well?", fields, done="Go on")
        seat.app.push_screen(form)
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await form.finish()
        await seat.sees("missing input `who`")
        await seat.sees("missing input `much`")
        await seat.press("a")
        await seat.until(lambda: "missing input `who`" not in seat.screen)
        await seat.press("tab", "2")
        await seat.sees("`much` must be at least 10")
        await seat.press("0")
        await seat.until(lambda: "must be at least" not in seat.screen)
        await seat.press("backspace", "backspace")
        await seat.until(lambda: form.values() == {"who": "a"})
        assert "missing" not in seat.screen
