"""A definition on its own screen: text, graph, problems, versions, runs, uses."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.color import Color

from engine.definition.marks import Mark
from engine.importer import Importer
from store import definitions
from store.records import ProblemRecord
from tests.tui.bench import RISKY, SHIP, Room, Seat, sit_down
from tui.actions import DEFINITION
from tui.app import Workbench
from tui.drafting import words_for
from tui.screens.definition import DefinitionScreen
from tui.screens.look import look_in
from tui.widgets.source import Source

SIZES = [(80, 24), (120, 40)]
PROBLEM = ProblemRecord(
    path="workflows/ship.yaml",
    line=4,
    column=7,
    message="unknown key `stepz`",
    hint="did you mean `steps`?",
)
CHANGED = SHIP.replace("title: Ship a version", "title: Ship it")
RETITLED = RISKY.replace("workflow: risky", "workflow: risky\ntitle: Risk it")
WITHOUT_DRAFT = "workflow: risky\nsteps:\n  - {id: send, set: {sent: true}}\n"


async def open_ship(seat: Seat, name: str = "ship") -> DefinitionScreen:
    """Enter on a workflow among the templates."""
    await seat.press("4")
    templates = seat.app.work.templates
    await seat.until(lambda: f"workflow/{name}" in templates.rows)
    templates.select(f"workflow/{name}")
    await seat.press("enter")
    await seat.until(lambda: isinstance(seat.app.screen, DefinitionScreen))
    screen = seat.app.screen
    assert isinstance(screen, DefinitionScreen)
    await seat.until(lambda: screen.about is not None and screen.runs is not None)
    return screen


async def to_page(seat: Seat, page: str) -> None:
    screen = seat.app.screen
    assert isinstance(screen, DefinitionScreen)
    for _ in range(screen.pages.index(page) - screen.pages.index(screen.page)):
        await seat.press("tab")
    await seat.until(lambda: screen.page == page)


async def test_below_100_columns_a_page_fills_the_screen(room: Room) -> None:
    async with sit_down(room, (80, 24)) as seat:
        await open_ship(seat)
        await seat.sees("1  workflow: ship")
        assert "→ draft" not in seat.screen
        await seat.press("tab")
        await seat.sees("→ draft  (rework)")
        assert "workflow: ship" not in seat.screen


async def test_from_100_columns_the_text_stands_beside_the_graph(room: Room) -> None:
    async with sit_down(room, (120, 40)) as seat:
        await open_ship(seat)
        await seat.sees("1  workflow: ship")
        await seat.sees("→ draft  (rework)")


@pytest.mark.parametrize("size", SIZES)
async def test_a_broken_file_shows_its_problems_and_marks_their_lines(
    room: Room, size: tuple[int, int]
) -> None:
    room.break_file("ship", PROBLEM)
    async with sit_down(room, size) as seat:
        await open_ship(seat)
        await seat.sees("Problems(1)")
        await seat.sees("the last good version is in force")
        await seat.sees("did you mean `steps`?")
        await seat.press("shift+tab", "shift+tab")
        await seat.sees(" 4✗ ")


async def test_enter_on_a_problem_opens_the_editor_at_its_place(room: Room) -> None:
    room.break_file("ship", PROBLEM)
    opened: list[object] = []

    def editor(_: Workbench, path: Path, place: Mark) -> None:
        opened.append((path, place))

    async with sit_down(room, editor=editor) as seat:
        await open_ship(seat)
        await seat.sees("unknown key")
        await seat.press("enter")
        assert opened == [(room.root / PROBLEM.path, Mark(4, 7))]


@pytest.mark.parametrize("size", SIZES)
async def test_enter_on_a_version_shows_what_it_changed(
    room: Room, size: tuple[int, int]
) -> None:
    room.save(CHANGED)
    async with sit_down(room, size) as seat:
        screen = await open_ship(seat)
        await to_page(seat, "versions")
        await seat.sees("in force")
        screen.table_of("versions").select(room.versions["ship"])
        assert screen.about is not None
        old = next(v.sha for v in screen.about.versions if v.text == SHIP)
        screen.table_of("versions").select(old)
        await seat.press("space")
        screen.table_of("versions").select(room.versions["ship"])
        await seat.press("enter")
        await seat.sees("-title: Ship a version")
        await seat.sees("+title: Ship it")
        await seat.press("q")
        await seat.until(lambda: "-title: Ship a version" not in seat.screen)
        assert seat.app.screen is screen


@pytest.mark.parametrize("size", SIZES)
async def test_each_run_in_flight_is_told_what_the_newest_version_would_do(
    room: Room, size: tuple[int, int]
) -> None:
    run = room.desk.approval(room.asking("risky")).run
    async with sit_down(room, size) as seat:
        await open_ship(seat, "risky")
        await to_page(seat, "runs")
        await seat.sees("unaffected")
        room.save(RETITLED)
        await seat.sees("can adopt")
        room.save(WITHOUT_DRAFT)
        await seat.sees("would break at draft")
        await seat.sees("the new version has no such step")
        await seat.press("enter")
        await seat.until(lambda: seat.app.work.pane_id == "runs")
        await seat.until(lambda: seat.app.work.runs.table.selected == run)
        assert seat.app.screen is seat.app.work


async def test_where_it_is_used_leads_on_and_back(room: Room) -> None:
    outer = "workflow: outer\nsteps:\n  - {id: b, run: formed}\n"
    (room.root / "workflows/outer.yaml").write_text(outer)
    Importer(room.engine).scan()
    async with sit_down(room, (120, 40)) as seat:
        screen = await open_ship(seat, "formed")
        await to_page(seat, "uses")
        await seat.sees("used by  workflow outer")
        await seat.press("enter")
        await seat.sees("1  workflow: outer")
        await seat.press("q")
        await seat.until(lambda: seat.app.screen is screen)


@pytest.mark.parametrize("page", ["problems", "runs", "uses"])
async def test_an_empty_page_says_so(room: Room, page: str) -> None:
    said = {
        "problems": "No problem: the file is in force",
        "runs": "n  start one",
        "uses": "nothing uses it",
    }
    async with sit_down(room) as seat:
        await open_ship(seat)
        await to_page(seat, page)
        await seat.sees(said[page])


async def test_a_definition_whose_file_is_gone_shows_its_last_text(room: Room) -> None:
    (room.root / "workflows/ship.yaml").unlink()
    room.lose("workflows/ship.yaml")
    async with sit_down(room) as seat:
        await open_ship(seat)
        await seat.sees("its file is gone: put it back")
        await seat.sees("1  workflow: ship")


async def test_a_file_without_a_name_has_a_text_and_problems(room: Room) -> None:
    (room.root / "workflows/bad.yaml").write_text("steps: [\n")
    bad = ProblemRecord(path="workflows/bad.yaml", line=2, column=1, message="not YAML")
    room.break_nameless("workflows/bad.yaml", bad)
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("4")
        templates = seat.app.work.templates
        await seat.until(lambda: templates.select("file/workflows/bad.yaml"))
        await seat.press("enter")
        await seat.sees("1  steps: [")
        await seat.sees("was never good")
        await seat.sees("not YAML")


async def test_what_a_text_would_do_to_a_terminal_is_shown(room: Room) -> None:
    room.save('workflow: ship\ntitle: "[bold]x[/bold] \u202e"\n' + SHIP[37:])
    async with sit_down(room) as seat:
        await open_ship(seat)
        await seat.sees("[bold]x[/bold] <U+202E>")


async def test_from_a_run_the_chord_opens_its_workflow(room: Room) -> None:
    run = room.start("risky")
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("g", "d")
        await seat.sees("1  workflow: risky")
        await seat.press("q")
        await seat.until(lambda: seat.app.screen is seat.app.work)


async def test_a_workflow_is_opened_beside_something_else_of_its_name(
    room: Room,
) -> None:
    record = definitions.get(room.desk.database, "workflow", "ship")
    assert record is not None
    async with sit_down(room) as seat:
        seat.app.push_screen(DefinitionScreen(replace(record, kind="step")))
        await look_in(seat.app, "ship", 1)
        screen = seat.app.screen
        assert isinstance(screen, DefinitionScreen)
        assert screen.key == ("workflow", "ship")
        await seat.until(lambda: screen.about is not None)
        await look_in(seat.app, "ship", 4)
        assert seat.app.screen is screen


async def test_a_pane_is_gone_to_from_here(room: Room) -> None:
    async with sit_down(room) as seat:
        await open_ship(seat)
        await seat.press("2")
        await seat.until(lambda: seat.app.screen is seat.app.work)
        assert seat.app.work.pane_id == "approvals"


async def test_every_action_of_this_screen_is_done_by_it(room: Room) -> None:
    async with sit_down(room) as seat:
        screen = await open_ship(seat)
        for page in screen.pages:
            screen.page = page
            assert seat.undone(DEFINITION) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("vim -n", ["vim", "-n", "+call cursor(4,7)", "/a.yaml"]),
        ("/usr/bin/nano", ["/usr/bin/nano", "+4,7", "/a.yaml"]),
        ("hx", ["hx", "/a.yaml:4:7"]),
        ("code -w", ["code", "-w", "--goto", "/a.yaml:4:7"]),
        ("odd", ["odd", "/a.yaml"]),
    ],
)
def test_an_editor_is_told_the_place_in_its_own_way(
    command: str, words: list[str]
) -> None:
    assert words_for(command, Path("/a.yaml"), Mark(4, 7)) == words


@pytest.mark.parametrize("theme", ["textual-light", "solarized-light", "textual-dark"])
async def test_line_numbers_can_be_read_in_every_theme(room: Room, theme: str) -> None:
    async with sit_down(room, theme=theme) as seat:
        screen = await open_ship(seat)
        source = screen.query_one(Source)
        await seat.until(lambda: source.render_line(0).text.startswith(" 1"))
        style = next(iter(source.render_line(0))).style
        assert style is not None
        assert style.color is not None
        assert style.bgcolor is not None
        number, ground = map(Color.from_rich_color, (style.color, style.bgcolor))
        assert abs(number.brightness - ground.brightness) > 0.3
