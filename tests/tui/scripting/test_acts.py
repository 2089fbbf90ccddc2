"""Every act of a person has a command line, and so has what is told of a session."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import WeirError
from engine.machine import commands as c
from engine.machine.state import Actor
from tests.tui.bench import Room, sit_down
from tui.actions import ACTIONS, Here
from tui.cli.commands import COMMANDS
from tui.scripting.acts import words_of
from tui.scripting.desk import ScriptingDesk, scripting
from tui.scripting.session import VIEWS, Session
from tui.scripting.words import Ref

RUN = Ref("run_1")
ANA = Actor("ana")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path / "ws")
    room.trust()
    room.desk.close()
    with scripting(room.root, tmp_path / "s.sh", wakes=False) as desk:
        room.desk = desk  # type: ignore[assignment]
        room.engine = desk.engine
        yield room


def script(room: Room) -> list[str]:
    desk = room.desk
    assert isinstance(desk, ScriptingDesk)
    return desk.script.file.read_text().splitlines()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (c.PauseRun(ANA), ["pause", RUN]),
        (c.PauseRun(ANA, "wait"), ["pause", RUN, "--comment", "wait"]),
        (c.ResumeRun(ANA), ["resume", RUN]),
        (c.CancelRun(ANA), ["cancel", RUN]),
        (c.RetryRun(ANA, "a"), ["retry", RUN, "--step", "a"]),
        (c.SkipStep("a#2", "why", ANA), ["skip", RUN, "a#2", "--reason", "why"]),
        (c.GoBack("a", ANA), ["back", RUN, "--to", "a"]),
        (c.RollBack("", ANA), ["rollback", RUN, "--yes"]),
        (c.RollBack("a", ANA), ["rollback", RUN, "--to", "a", "--yes"]),
        (c.AdoptVersion("v", {}, {}, ANA), ["adopt", RUN]),
        (c.TickItem("list", 3, ANA), ["tick", RUN, "list", "3"]),
        (c.TickItem("list", 3, ANA, undo=True), ["tick", RUN, "list", "3", "--undo"]),
        (
            c.ResolveStep("a", "again", ANA, comment="seen"),
            ["mark", RUN, "a", "--again", "--comment", "seen"],
        ),
        (
            c.ResolveStep("a", "done", ANA, {"x": 1}),
            ["mark", RUN, "a", "--output", '{"x":1}'],
        ),
        (
            c.SetContext({"a": "5", "b": 5, "c": "five"}, ANA),
            ["set", RUN, 'a="5"', "b=5", "c=five"],
        ),
    ],
)
def test_an_act_is_the_command_that_does_the_same(
    room: Room, command: c.Command, words: list[Any]
) -> None:
    before = room.engine.load(room.start("ship"))
    assert words_of(room.engine, command, RUN, before) == words


def test_a_gate_is_waited_for_by_its_place_and_high_risk_asks_a_person(
    room: Room,
) -> None:
    gate = room.desk.approval(room.asking("risky"))
    room.desk.decide(gate.id, "approve", seen=gate.digest, comment="sure")
    assert script(room)[-2:] == [
        f"gate=$(weir wait {gate.run} --gate ask)",
        'weir approve "$gate" --choice approve --comment sure',
    ]
    gate = room.desk.approval(room.asking("ship"))
    room.desk.decide(gate.id, "reject", seen=gate.digest, comment="no", reason="tone")
    line = 'weir reject "$gate" --comment no --reason tone --yes'
    assert script(room)[-1] == line
    gate = room.desk.approval(room.asking("formed"))
    values = {"amount": "2.5", "note": "a b"}
    room.desk.decide(gate.id, "approve", seen=gate.digest, inputs=values)
    assert script(room)[-1].endswith("-i amount=2.5 -i 'note=a b' --yes")


def test_a_gate_that_is_snoozed_is_waited_for_as_well(room: Room) -> None:
    gate = room.desk.approval(room.asking("ship"))
    asks = f"gate=$(weir wait {gate.run} --gate ask)"
    room.desk.snooze(gate.id, "2h")
    assert script(room)[-2:] == [asks, 'weir snooze "$gate" 2h']
    room.desk.rouse(gate.id)
    assert script(room)[-2:] == [asks, 'weir snooze "$gate" --wake']
    room.desk.decide(gate.id, "approve", seen=gate.digest, trial=True)
    assert script(room)[-1] == 'weir snooze "$gate" --wake', "a trial is no act"


def test_what_was_refused_is_a_comment_told_once(room: Room) -> None:
    run = room.start("ship")
    with pytest.raises(WeirError):
        room.desk.retry(run)
    assert script(room)[-1].startswith(f"# refused: weir retry {run}: ")
    with pytest.raises(WeirError) as refused:
        room.desk.start("ship", {"copies": "none"})
    Session(room.desk.script).error(refused.value)  # type: ignore[attr-defined]
    told = [line for line in script(room) if "refused: weir run ship" in line]
    assert len(told) == 1
    assert "refused: what was asked" not in "\n".join(script(room))


def test_schedules_projects_and_filters_are_kept_too(room: Room) -> None:
    room.desk.open_project("acme", "Acme Inc")
    assert script(room)[-1] == "weir project new acme --title 'Acme Inc'"
    kept = room.desk.save_filter("bad", "-x !y", pane="runs", project="acme")
    line = "weir filters save --for runs --project acme -- bad '-x !y'"
    assert script(room)[-1] == line
    room.desk.delete_filter(kept)
    line = "weir filters delete bad --for runs --project acme"
    assert script(room)[-1] == line
    with pytest.raises(WeirError):
        room.desk.pause_schedule("none")
    assert script(room)[-1].startswith("# refused: weir schedule pause none: ")


async def test_views_refusals_and_acts_of_a_session_are_kept_in_their_order(
    room: Room,
) -> None:
    run = room.start("ship")
    session = Session(room.desk.script)  # type: ignore[attr-defined]
    async with sit_down(
        room, (120, 40), session=session, editor=lambda app, path, place: None
    ) as seat:
        await seat.sees(run)
        await seat.press("w", "R", "p")
        await seat.sees("‖ paused")
        await seat.press("p")
        await seat.until(lambda: room.engine.load(run).status == "running")
        await seat.press("g", "u")
        await seat.until(lambda: seat.app.keyed.place == "audit")
        await seat.press("4", "g", "g", "e")
    lines = [line for line in script(room) if "weir " in line]
    assert lines == [
        f"weir why {run} || :",
        f"# refused: weir retry {run}: the run is running: only a failed one can be"
        " retried",
        f"weir pause {run}",
        f"weir wait {run} || :",
        f"weir resume {run}",
        "weir audit || :",
        "weir list || :",
    ]
    assert script(room)[-1] == "# by hand: $EDITOR workflows/formed.yaml"


async def test_the_palette_says_the_command_line_of_what_is_chosen(room: Room) -> None:
    run = room.start("ship")
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await seat.press("ctrl+p", *"cancel the run")
        await seat.sees(f"weir cancel {run}")


def test_every_action_that_changes_something_says_its_command() -> None:
    looking = Here(read_only=True)
    # What is of the person at this screen alone, and in no run.
    alone = {"approvals.mark", "approvals.mark_alike", "approvals.discard"}
    for action in ACTIONS:
        changes = "reading only" in (action.refuse(looking) or "")
        assert action.command or action.id in alone or not changes, action.id


def test_every_command_that_an_action_says_is_there() -> None:
    for action in ACTIONS:
        for line in filter(None, action.command.split(" · ")):
            first, *rest = shlex.split(line)
            known = first == "$EDITOR" or rest[0] in COMMANDS or rest == ["COMMAND"]
            assert known, action.id
    assert VIEWS.keys() <= {action.id for action in ACTIONS}
