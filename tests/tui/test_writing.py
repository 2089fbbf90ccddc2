"""New workflows and steps in the workbench: asked for, shown, written, looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.definition.marks import Mark
from engine.importer import Importer
from tests.tui.bench import SHIP, Room, Seat, sit_down
from tui.app import Workbench
from tui.screens.definition import DefinitionScreen
from tui.screens.form import Form
from tui.screens.line import Line
from tui.screens.pick import Pick
from tui.screens.together import Together
from tui.scripting.script import Script
from tui.scripting.session import Session

SIZES = [(80, 24), (120, 40)]
NOTE = """\
step: note
title: Keep a line
inputs:
  text: {type: string, description: The line}
  copies: {type: integer, default: 1}
set: {kept: "{{ inputs.text }}"}
"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    room = Room(tmp_path / "ws")
    (room.root / "workflows/note.yaml").write_text(NOTE)
    Importer(room.engine).scan()
    yield room
    room.desk.close()


def text(room: Room, name: str) -> str:
    return (room.root / f"workflows/{name}.yaml").read_text()


async def asks(seat: Seat, kind: type, words: str) -> None:
    await seat.until(lambda: isinstance(seat.app.screen, kind), words)
    await seat.sees(words)


async def types(seat: Seat, words: str) -> None:
    await seat.press(*("space" if sign == " " else sign for sign in words))


async def answers(seat: Seat, kind: type, question: str, words: str = "") -> None:
    await asks(seat, kind, question)
    await types(seat, words)
    await seat.press("enter")


async def choose(seat: Seat, key: str) -> None:
    await seat.press("4")
    templates = seat.app.work.templates
    await seat.until(lambda: templates.select(key))


async def add_note(seat: Seat) -> None:
    """From a chosen workflow to the form of the template's inputs."""
    await seat.press("a")
    await asks(seat, Pick, "What does the step do?")
    await types(seat, "keep")
    await seat.sees("text  string, needed: The line")
    await seat.press("enter")
    await asks(seat, Pick, "Where in ship does note come?")
    await seat.sees("> after send")
    await seat.press("enter")
    await answers(seat, Line, "What is the step called?")
    await asks(seat, Form, "note is given")


@pytest.mark.parametrize("size", SIZES)
async def test_a_new_workflow_is_written_and_opened(
    room: Room, size: tuple[int, int]
) -> None:
    async with sit_down(room, size) as seat:
        await choose(seat, "workflow/ship")
        await seat.press("N")
        await asks(seat, Pick, "Begin a new workflow from")
        await seat.sees("> ship")
        await seat.press("enter")
        await asks(seat, Line, "What is it called?")
        await types(seat, "risky")
        await seat.sees("a workflow `risky` already, in workflows/risky.yaml")
        await seat.press("enter")
        assert isinstance(seat.app.screen, Line)
        await types(seat, "-2")
        await seat.until(lambda: "already" not in seat.screen)
        await seat.press("enter")
        await asks(seat, Line, "A title for risky-2")
        await seat.sees("Ship a version")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, DefinitionScreen))
        await seat.sees("risky-2  workflow · workflows/risky-2.yaml")
        assert text(room, "risky-2").endswith(SHIP.replace("ship", "risky-2", 1))
        assert "wrote" in seat.said()
        assert "workflows/risky-2.yaml" in seat.said()


async def test_a_starter_tells_what_comes_with_it(room: Room) -> None:
    async with sit_down(room) as seat:
        await choose(seat, "workflow/ship")
        await seat.press("N")
        await asks(seat, Pick, "Begin a new workflow from")
        await types(seat, "contract-review")
        await seat.sees("uses agent counsel, agent controller")
        await seat.press("enter")
        await answers(seat, Line, "What is it called?", "look")
        await answers(seat, Line, "A title for look")
        await seat.until(lambda: isinstance(seat.app.screen, DefinitionScreen))
        assert (room.root / "workflows/agents/counsel.yaml").is_file()
        templates = seat.app.work.templates
        await seat.until(lambda: "agent/counsel" in templates.rows)


async def test_the_editor_is_opened_where_there_is_one(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "ed")
    opened: list[object] = []

    def editor(_: Workbench, path: Path, place: Mark) -> None:
        opened.append((path, place))

    async with sit_down(room, editor=editor) as seat:
        await seat.press("4")
        await seat.press("N")
        await answers(seat, Pick, "Begin a new workflow from", "blank")
        await answers(seat, Line, "What is it called?", "price")
        await answers(seat, Line, "A title for price")
        await seat.until(lambda: opened)
        assert opened == [(room.root / "workflows/price.yaml", Mark(4, 5))]


@pytest.mark.parametrize("size", SIZES)
async def test_a_step_is_shown_as_a_change_and_written_on_a_yes(
    room: Room, size: tuple[int, int]
) -> None:
    async with sit_down(room, size) as seat:
        await choose(seat, "workflow/ship")
        await add_note(seat)
        await types(seat, "hi")
        await seat.press("enter", "enter", "enter")
        await asks(seat, Together, "Write note into workflows/ship.yaml")
        await seat.sees("+    use: note")
        assert text(room, "ship") == SHIP
        await seat.press("space")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.until(lambda: text(room, "ship") != SHIP)
        added = "  - id: note\n    use: note\n    with:\n      text: hi\n"
        assert text(room, "ship") == SHIP + added
        await seat.until(lambda: isinstance(seat.app.screen, DefinitionScreen))
        await seat.sees("use: note")


async def test_what_a_form_is_given_and_does_not_fit_is_told_in_it(room: Room) -> None:
    async with sit_down(room) as seat:
        await choose(seat, "workflow/ship")
        await add_note(seat)
        await seat.press("enter", "enter", "enter")
        await seat.sees("missing input `text`")
        await types(seat, "hi")
        await seat.press("enter")
        await types(seat, "two")
        await seat.press("enter", "enter")
        await seat.sees("`copies` must be a whole number; got `two`")
        await seat.press("escape")
        await seat.sees("Drop what is filled in?")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.until(lambda: seat.app.screen is seat.app.work)
        assert text(room, "ship") == SHIP


async def test_a_template_that_is_chosen_asks_for_the_workflow(room: Room) -> None:
    async with sit_down(room) as seat:
        await choose(seat, "step/note")
        await seat.press("a")
        await answers(seat, Pick, "Add a step to which workflow?", "risky")
        await asks(seat, Pick, "Where in risky does note come?")


async def test_what_would_be_wrong_is_said_and_not_written(room: Room) -> None:
    """After a gate whose answers all lead elsewhere nothing is reached."""
    async with sit_down(room) as seat:
        await choose(seat, "workflow/ship")
        await seat.press("a")
        await answers(seat, Pick, "What does the step do?", "values")
        await answers(seat, Pick, "Where in ship does set come?", "after ask")
        await answers(seat, Line, "What is the step called?")
        await seat.until(lambda: "is never reached" in seat.said())
        assert text(room, "ship") == SHIP


async def test_a_file_that_changes_while_one_reads_stays_as_it_is(room: Room) -> None:
    async with sit_down(room) as seat:
        await choose(seat, "workflow/ship")
        await add_note(seat)
        await types(seat, "hi")
        await seat.press("enter", "enter", "enter")
        await asks(seat, Together, "Write note into")
        (room.root / "workflows/ship.yaml").write_text(SHIP + "# mine\n")
        await seat.press("space")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.until(lambda: "changed meanwhile" in seat.said())
        assert text(room, "ship") == SHIP + "# mine\n"


async def test_on_a_definitions_own_screen_a_step_is_added_to_it(room: Room) -> None:
    async with sit_down(room, (120, 40)) as seat:
        await choose(seat, "workflow/ship")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, DefinitionScreen))
        screen = seat.app.screen
        await seat.press("a")
        await answers(seat, Pick, "What does the step do?", "values")
        await answers(seat, Pick, "Where in ship does set come?")
        await answers(seat, Line, "What is the step called?", "set-more")
        await asks(seat, Together, "Write set-more into")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.until(lambda: seat.app.screen is screen)
        await seat.sees("- id: set-more")


async def test_a_workflow_whose_file_is_gone_takes_no_step(room: Room) -> None:
    (room.root / "workflows/ship.yaml").unlink()
    room.lose("workflows/ship.yaml")
    async with sit_down(room) as seat:
        await choose(seat, "workflow/ship")
        await seat.press("a")
        await seat.until(lambda: "is gone: put it back" in seat.said())


async def test_what_is_written_is_kept_as_the_command_that_writes_it(
    room: Room, tmp_path: Path
) -> None:
    file = tmp_path / "s.sh"
    script = Script(file, room.desk.workspace, "ana", room.engine.clock)
    async with sit_down(room, session=Session(script)) as seat:
        await choose(seat, "workflow/ship")
        await add_note(seat)
        await types(seat, "it's")
        await seat.press("enter", "enter", "enter")
        await asks(seat, Together, "Write note into workflows/ship.yaml")
        await seat.press("space")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.sees("use: note")
        await seat.press("q")
        await seat.until(lambda: seat.app.screen is seat.app.work)
        await seat.press("N")
        await answers(seat, Pick, "Begin a new workflow from", "risky")
        await answers(seat, Line, "What is it called?", "other")
        await answers(seat, Line, "A title for other")
        await seat.sees("other  workflow · workflows/other.yaml")
    script.close()
    written = [line for line in file.read_text().splitlines() if "weir" in line]
    assert written[-2:] == [
        "weir add ship step/note --id note --after send --with 'text=it'\"'\"'s' --yes",
        "weir new other --from risky --title '' --no-edit",
    ]
