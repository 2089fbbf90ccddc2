"""What each pane shows, from real rows, and what its keys do."""

from __future__ import annotations

import pytest
from textual.widgets import Input, Select

from engine.definition.typed import Field
from engine.machine import commands as c
from engine.machine.state import ValuesAwaited
from store import projects, runs
from store.records import ProblemRecord, RunRecord
from tests.given import ANA
from tests.tui.bench import AT, Room, Seat, sit_down
from tests.tui.test_stuck import unsure
from tui.screens.confirm import Confirm
from tui.screens.form import Form
from tui.screens.line import Line
from tui.screens.pick import Pick
from tui.screens.work import WorkScreen


def put_runs(room: Room, count: int, **given: str) -> list[str]:
    """Rows of runs that have ended, oldest first."""
    ids = [f"r{number:011}" for number in range(count)]

    def work(batch: object) -> None:
        for run in ids:
            batch.put_run(  # type: ignore[attr-defined]
                RunRecord(
                    **{
                        "id": run,
                        "workflow": "ship",
                        "version": "v",
                        "status": "succeeded",
                        "seq": 1,
                        "started_at": AT,
                        "updated_at": AT,
                        "by": "ana",
                        **given,
                    }
                )
            )

    room.desk.database.writer.submit(work).result()
    return ids


async def answer(seat: Seat, key: str) -> None:
    await seat.until(lambda: isinstance(seat.app.screen, Confirm))
    seat.clock.forward(1)
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, WorkScreen))


# Runs


async def test_a_run_begun_elsewhere_appears_and_the_cursor_stays(room: Room) -> None:
    first = room.start()
    async with sit_down(room) as seat:
        await seat.sees(first)
        second = room.start()
        await seat.sees(second)
        assert seat.app.work.runs.table.selected == first
        assert list(seat.app.work.runs.table.keys) == [second, first]


async def test_a_run_that_goes_on_is_drawn_as_it_is_now(room: Room) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees("0/3 draft")
        room.succeed(run, "draft", {"text": "x"})
        await seat.sees("1/3 ask")
        room.ask(run)
        await seat.sees("? wait")


async def test_older_runs_are_read_as_the_cursor_nears_the_end(room: Room) -> None:
    ids = put_runs(room, 250)
    async with sit_down(room) as seat:
        table = seat.app.work.runs.table
        await seat.until(lambda: len(table.keys) == 100)
        for loaded in (200, 250):
            await seat.press("G")
            await seat.until(lambda loaded=loaded: len(table.keys) == loaded)
        await seat.press("G")
        assert table.selected == ids[0]
        await seat.press("g", "g")
        assert table.selected == ids[-1]


async def test_a_burst_of_runs_leaves_no_gap(room: Room) -> None:
    put_runs(room, 20)
    async with sit_down(room) as seat:
        await seat.until(lambda: len(seat.app.work.runs.table.keys) == 20)
        begun = [room.start() for _ in range(130)]
        table = seat.app.work.runs.table
        # They come by pages, each drawn by itself.
        await seat.until(lambda: set(begun) <= set(table.keys))


async def test_the_filter_asks_the_store_and_stays_in_sight(room: Room) -> None:
    put_runs(room, 3, workflow="other")
    mine = room.start()
    async with sit_down(room) as seat:
        await seat.sees(mine)
        await seat.press("slash", *"ship", "enter")
        await seat.until(lambda: list(seat.app.work.runs.table.keys) == [mine])
        assert "ship" in seat.lines[1]
        await seat.press("q")
        await seat.until(lambda: len(seat.app.work.runs.table.keys) == 4)


async def test_a_filter_can_leave_out(room: Room) -> None:
    put_runs(room, 3, workflow="other")
    mine = room.start()
    async with sit_down(room) as seat:
        await seat.sees(mine)
        await seat.press("slash", *"!other", "enter")
        await seat.until(lambda: list(seat.app.work.runs.table.keys) == [mine])


async def test_stopping_a_run_is_x_then_y(room: Room) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("x")
        await answer(seat, "y")
        await seat.sees("⊘ stopped")


@pytest.mark.parametrize("key", ["enter", "n", "q", "escape"])
async def test_anything_but_y_lets_the_run_go_on(room: Room, key: str) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("x")
        await answer(seat, key)
        assert not room.engine.load(run).ended


async def test_a_held_x_never_stops_a_run(room: Room) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press(*"xxxxxxxx")
        await seat.until(lambda: isinstance(seat.app.screen, Confirm))
        seat.clock.forward(1)
        await seat.press(*"xxxx")
        assert not room.engine.load(run).ended


async def test_pausing_and_going_on_are_one_key(room: Room) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("p")
        await seat.sees("‖ paused")
        await seat.press("p")
        await seat.sees("▶ run")


async def test_a_failed_run_is_retried_after_a_yes(room: Room) -> None:
    run = room.start()
    room.fail(run, "draft", "exit status 3")
    async with sit_down(room) as seat:
        await seat.sees("✗ fail")
        await seat.press("R")
        await seat.sees("exit status 3")
        await answer(seat, "y")
        await seat.until(lambda: not room.engine.load(run).ended)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("R", "the run is running: only a failed one can be retried"),
        ("m", "no step of"),
        ("w", "has been ready for"),
        ("w", "go (Runner) tells if one is awake"),
    ],
)
async def test_a_key_that_can_do_nothing_says_why(
    room: Room, key: str, said: str
) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press(key)
        await seat.until(lambda: said in seat.said(), said)


async def test_an_ended_run_refuses_to_be_stopped(room: Room) -> None:
    run = room.start()
    room.fail(run, "draft", "no")
    async with sit_down(room) as seat:
        await seat.sees("✗ fail")
        await seat.press("x")
        assert "the run is failed: it has ended" in seat.said()
        assert isinstance(seat.app.screen, WorkScreen)


async def test_an_interrupted_step_is_resolved_by_a_person(room: Room) -> None:
    room.save(
        "workflow: pay\nsteps:\n  - id: pay\n    shell: pay-it\n    unattended: true\n"
    )
    run = room.start("pay")
    room.take(run, "pay")
    room.engine.handle(run, c.ReportLost("pay", 1, "w1", "the runner was killed"))
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("m")
        await seat.sees("may or may not have happened")
        seat.clock.forward(1)
        await seat.press("3")
        await seat.until(lambda: isinstance(seat.app.screen, Line))
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"looked", "enter")
        await seat.until(lambda: room.engine.load(run).ended)


async def test_what_a_run_lacks_is_filled_in(room: Room) -> None:
    room.save(
        "workflow: lack\ncontext:\n  data.x: {file: none.json, optional: true}\n"
        "steps:\n  - {id: a, requires: [data.x], set: {y: 1}}\n"
    )
    run = room.start("lack")
    room.take(run, "@context")
    left = {"values": {"data": {"x": None}}}
    room.engine.handle(run, c.ReportSuccess("@context", 1, "w1", left))
    room.take(run, "a")
    lacks = ValuesAwaited(("data.x",))
    room.engine.handle(run, c.BeginWait("a", 1, "w1", None, lacks))
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("f")
        await seat.sees("data.x")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"42")
        await seat.app.screen.finish()  # type: ignore[attr-defined]
        await seat.until(lambda: room.engine.load(run).context == {"data": {"x": 42}})
        assert room.engine.load(run).steps["a"].status == "ready"
        await seat.press("f")
        await seat.until(lambda: "lacks nothing" in seat.said())


async def test_a_person_is_offered_what_the_rules_take(room: Room) -> None:
    room.save(
        "workflow: pay\nsteps:\n  - id: pay\n    shell: pay-it\n"
        "    unattended: true\n    undo: {shell: pay-back}\n"
        "  - {id: ask, approval: {title: Well?}}\n"
    )
    run = room.start("pay")
    room.take(run, "pay")
    room.engine.handle(run, c.ReportSuccess("pay", 1, "w1", {}))
    room.engine.handle(run, c.RollBack("", ANA))
    room.take(run, "pay~undo")
    room.engine.handle(run, c.ReportLost("pay~undo", 1, "w1", "it was killed"))
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("m")
        await seat.sees("it was killed")
        assert "do it again" in seat.screen
        assert "go on without it" in seat.screen
        assert "let it fail" not in seat.screen
        seat.clock.forward(1)
        await seat.press("3")
        await seat.until(lambda: isinstance(seat.app.screen, Line))
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"left", "enter")
        await seat.until(lambda: room.engine.load(run).ended)


async def test_what_a_step_declares_to_leave_is_asked_for(room: Room) -> None:
    room.save(
        "workflow: pay\nsteps:\n  - id: pay\n    shell: pay-it\n"
        "    unattended: true\n    output: {sum: {type: integer}}\n"
    )
    run = room.start("pay")
    room.take(run, "pay")
    room.engine.handle(run, c.ReportLost("pay", 1, "w1", "it was killed"))
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("m")
        await seat.sees("it was killed")
        seat.clock.forward(1)
        await seat.press("2")
        await seat.sees("pay has left")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"12", "enter", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, Line))
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"looked", "enter")
        await seat.until(lambda: room.engine.load(run).ended)
    assert room.engine.load(run).steps["pay"].output == {"sum": 12}


# The log


async def test_the_log_of_the_chosen_run_grows_as_it_is_written(room: Room) -> None:
    run = room.start()
    room.log(run, ("out", "first line\n", False))
    async with sit_down(room) as seat:
        await seat.sees("first line")
        room.log(run, ("out", "second line\n", False))
        await seat.sees("second line")
        assert seat.screen.count("first line") == 1


async def test_tokens_continue_their_line(room: Room) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        for token in ("Dear", " cust", "omer"):
            room.log(run, ("llm", token, True))
            await seat.sees(token.strip())
        room.log(run, ("llm", ",\n", False), ("out", "after\n", False))
        await seat.sees("draft llm Dear customer,")
        await seat.sees("draft after")


async def test_what_was_asked_is_not_taken_for_the_answer(room: Room) -> None:
    run = room.start()
    room.log(run, ("prompt", "Write it.\n", False), ("llm", "Written.\n", False))
    async with sit_down(room) as seat:
        await seat.sees("draft prompt Write it.")
        await seat.sees("draft llm Written.")


async def test_a_stream_in_between_begins_a_line_of_its_own(room: Room) -> None:
    run = room.start()
    room.log(run, ("llm", "Dear", True), ("err", "warning\n", False))
    async with sit_down(room) as seat:
        await seat.sees("draft llm Dear")
        await seat.sees("draft err warning")


async def test_another_run_shows_its_own_log_and_nothing_of_the_one_before(
    room: Room,
) -> None:
    one, two = room.start(), room.start()
    room.log(one, ("out", "of the first\n", False))
    room.log(two, ("out", "of the second\n", False))
    async with sit_down(room) as seat:
        await seat.sees("of the second")
        await seat.press("j")
        await seat.sees("of the first")
        assert "of the second" not in seat.screen


async def test_one_step_s_log_alone(room: Room) -> None:
    run = room.start()
    room.succeed(run, "draft", {"text": "x"})
    room.log(run, ("out", "drafting\n", False))
    room.log(run, ("out", "asking\n", False), path="ask")
    async with sit_down(room) as seat:
        await seat.press("3")
        await seat.sees("ask asking")
        await seat.press("right_square_bracket")
        await seat.until(lambda: "ask asking" not in seat.screen)
        assert "draft drafting" in seat.screen


async def test_the_steps_of_a_run_stand_above_its_log(room: Room) -> None:
    run = room.start()
    room.fail(run, "draft", "exit status 3: no such file")
    async with sit_down(room) as seat:
        await seat.press("3")
        await seat.sees("exit status 3: no such")
        await seat.sees("✗ fail")


async def test_following_stops_when_someone_reads_and_f_goes_on(room: Room) -> None:
    run = room.start()
    room.log(run, *[("out", f"line {n}\n", False) for n in range(200)])
    async with sit_down(room) as seat:
        await seat.press("3")
        await seat.sees("line 199")
        await seat.press("k")
        room.log(run, ("out", "later\n", False))
        await seat.sees("+1 new")
        assert "later" not in seat.screen
        await seat.press("F")
        await seat.sees("later")


# Templates


async def test_a_broken_file_says_where_and_keeps_its_good_version(room: Room) -> None:
    problem = ProblemRecord(
        path="workflows/ship.yaml",
        line=4,
        column=7,
        message="unknown key `stepz`",
        hint="did you mean `steps`?",
    )
    async with sit_down(room) as seat:
        await seat.press("4")
        room.break_file("ship", problem)
        await seat.sees("✗ 1 problem")
        await seat.press("G")
        await seat.sees("workflows/ship.yaml:4:7: unknown key `stepz`; did you mean")
        await seat.sees("last good version stays in force")
        assert "✗ 1 problem" in seat.lines[1]


async def test_a_file_too_broken_to_have_a_name_is_shown_by_its_path(
    room: Room,
) -> None:
    problem = ProblemRecord(
        path="workflows/bad.yaml", line=1, column=1, message="not YAML"
    )
    async with sit_down(room) as seat:
        room.break_nameless("workflows/bad.yaml", problem)
        await seat.press("4")
        await seat.sees("workflows/bad.yaml")
        await seat.press("g", "g")
        await seat.sees("workflows/bad.yaml:1:1: not YAML")


async def test_a_file_that_is_gone_is_marked_missing(room: Room) -> None:
    async with sit_down(room) as seat:
        await seat.press("4")
        room.lose("workflows/ship.yaml")
        await seat.sees("⊘ gone")
        await seat.press("G")
        await seat.sees("its file is gone")
        await seat.press("n")
        await seat.until(lambda: "put it back" in seat.said())


async def test_a_saved_file_is_there_at_once(room: Room) -> None:
    async with sit_down(room) as seat:
        await seat.press("4")
        room.save("workflow: fresh\nsteps:\n  - {id: a, set: {x: 1}}\n")
        await seat.sees("fresh")


# Starting


async def test_a_run_is_started_from_a_form_made_of_the_inputs(room: Room) -> None:
    room.trust()
    async with sit_down(room) as seat:
        await seat.press("4", "G")
        await seat.until(lambda: seat.app.work.templates.chosen is not None)
        await seat.press("n")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.sees("What to call it")
        await seat.press("enter", "tab", "enter", "enter")
        await seat.sees("missing input `version`")
        fields = seat.app.screen.query(Input)
        fields.first().value = "1.2"
        fields.last().value = "none"
        await seat.app.screen.finish()  # type: ignore[attr-defined]
        await seat.sees("must be a whole number")
        fields.last().value = "3"
        await seat.app.screen.finish()  # type: ignore[attr-defined]
        await seat.until(lambda: isinstance(seat.app.screen, WorkScreen))
        await seat.until(lambda: seat.app.work.runs.chosen is not None)
        run = seat.app.work.runs.chosen
        assert run is not None
        assert room.engine.load(run.id).inputs == {
            "version": "1.2",
            "channel": "stable",
            "copies": 3,
        }
        assert seat.app.work.pane_id == "runs"


async def test_another_run_is_started_with_what_one_was_given(room: Room) -> None:
    room.trust()
    run = room.start("ship", version="1.9")
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("N")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        fields = seat.app.screen.query(Input)
        assert fields.first().value == "1.9"
        fields.first().value = "2.0"
        await seat.app.screen.finish()  # type: ignore[attr-defined]
        await seat.until(lambda: len(runs.page(room.desk.database)) == 2)
        new, old = runs.page(room.desk.database)
        assert old.id == run
        assert room.engine.load(new.id).inputs["version"] == "2.0"
        assert room.engine.load(run).inputs["version"] == "1.9"


async def test_n_in_runs_asks_which_workflow(room: Room) -> None:
    async with sit_down(room) as seat:
        await seat.until(lambda: seat.app.work.templates.workflows())
        await seat.press("n")
        await seat.until(lambda: isinstance(seat.app.screen, Pick))
        await seat.press(*"shi", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, Form))
        await seat.sees("Start ship: Ship a version")
        await seat.press("escape")
        await seat.until(lambda: isinstance(seat.app.screen, WorkScreen))


# Projects


async def test_a_project_shows_its_own_runs(room: Room) -> None:
    projects.create(room.desk.database, "acme", now=AT)
    put_runs(room, 2, project="acme")
    other = room.start()
    async with sit_down(room) as seat:
        await seat.press("5")
        await seat.sees("acme")
        await seat.press("enter")
        await seat.until(lambda: len(seat.app.work.runs.table.keys) == 2)
        assert seat.app.work.pane_id == "runs"
        await seat.press("q")
        await seat.sees(other)


async def test_a_project_is_made_by_name(room: Room) -> None:
    async with sit_down(room) as seat:
        await seat.press("5", "n")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"acme", "enter")
        await seat.until(lambda: projects.get(room.desk.database, "acme"))
        await seat.sees("acme")


async def test_enter_goes_on_from_a_list_of_choices_and_space_opens_it(
    room: Room,
) -> None:
    fields = {"sure": Field("boolean"), "who": Field("string")}
    async with sit_down(room) as seat:
        form = Form("Well?", fields, done="Go on")
        seat.app.push_screen(form)
        await seat.until(lambda: isinstance(seat.app.focused, Select))
        await seat.sees("space opens a list")
        await seat.press("space")
        await seat.until(lambda: form.query_one(Select).expanded)
        await seat.press("enter")
        await seat.until(lambda: not form.query_one(Select).expanded)
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.focused, Input))


async def test_a_narrow_screen_says_whose_project_the_runs_are_of(room: Room) -> None:
    projects.create(room.desk.database, "acme", "Acme", now=AT)
    async with sit_down(room) as seat:
        await seat.press("5")
        await seat.sees("Acme")
        await seat.press("enter")
        await seat.sees("project acme")


async def test_a_run_that_waits_to_be_told_what_became_of_a_step_says_so(
    room: Room,
) -> None:
    unsure(room)
    async with sit_down(room) as seat:
        await seat.sees("! unsure")
        assert "? wait" not in seat.screen


async def test_what_a_run_took_stays_the_same_when_it_is_paused(room: Room) -> None:
    run = room.desk.approval(room.asking()).run
    async with sit_down(room, (200, 40)) as seat:
        await seat.sees("? wait")
        waiting = seat.app.work.runs.cells(run)[-1]
        room.desk.pause(run)
        await seat.sees("‖ paused")
        assert seat.app.work.runs.cells(run)[-1] == waiting == ""


async def test_esc_closes_an_open_list_of_choices_and_not_its_form(room: Room) -> None:
    fields = {"who": Field("string"), "sure": Field("boolean")}
    async with sit_down(room) as seat:
        form = Form("Well?", fields, done="Go on")
        seat.app.push_screen(form)
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"ana", "enter", "space")
        choices = form.query_one(Select)
        await seat.until(lambda: choices.expanded)
        await seat.press("escape")
        await seat.until(lambda: not choices.expanded)
        assert seat.app.screen is form
        assert form.values() == {"who": "ana"}
        await seat.press("escape")
        await seat.sees("Drop what is filled in?")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.until(lambda: seat.app.screen is seat.app.work)
