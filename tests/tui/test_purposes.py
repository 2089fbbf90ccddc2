"""What a run is for, where two of the same workflow have to be told apart."""

from __future__ import annotations

import msgspec
import pytest

from engine.machine.state import Json
from store.records import RunRecord
from tests.tui.bench import AT, Room, sit_down
from tui.words.purposes import LONGEST, Purposes


def record(run: str, inputs: dict[str, Json], **given: str) -> RunRecord:
    return RunRecord(
        id=run,
        workflow=given.get("workflow", "ship"),
        version="v",
        status="running",
        seq=1,
        started_at=AT,
        updated_at=AT,
        by="ana",
        title=given.get("title", "Ship a version"),
        project=given.get("project", ""),
        inputs=msgspec.json.encode(inputs),
    )


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"customer": "Acme"}, "customer=Acme"),
        ({"copies": 2, "dry": True}, "copies=2, dry=true"),
        ({"who": ["ana", "ben"]}, 'who=["ana","ben"]'),
        ({"mail": "Dear all,\n\nversion 2"}, "mail=Dear all, version 2"),
        ({}, "Ship a version"),
    ],
)
def test_inputs_are_told_in_few_words(inputs: dict[str, Json], told: str) -> None:
    run = record("r1", inputs)
    assert Purposes([run]).of(run) == told


def test_a_long_value_leaves_room_for_those_after_it() -> None:
    run = record("r1", {"text": "x" * 9000, "to": "Acme"})
    told = Purposes([run]).of(run)
    assert told == f"text={'x' * (LONGEST - 1)}…, to=Acme"


def test_what_a_terminal_would_obey_is_shown() -> None:
    run = record("r1", {"to": "\x1b[2Jme\u202e", "\x1bname": 1})
    assert Purposes([run]).of(run) == "to=␛[2Jme<U+202E>, ␛name=1"


def test_what_differs_stands_first() -> None:
    one = record("r1", {"branch": "main", "customer": "Acme"})
    two = record("r2", {"branch": "main", "customer": "Globex"})
    other = record("r3", {"branch": "next"}, workflow="test")
    purposes = Purposes([one, two, other])
    assert purposes.of(one) == "customer=Acme, branch=main"
    assert purposes.of(two) == "customer=Globex, branch=main"


def test_values_that_differ_beyond_what_is_shown_differ() -> None:
    alike = "x" * 500
    one = record("r1", {"branch": "main", "text": alike + "1"})
    two = record("r2", {"branch": "main", "text": alike + "2"})
    assert Purposes([one, two]).of(two).startswith("text=")


def test_the_project_is_told_but_where_all_are_of_it() -> None:
    run = record("r1", {"to": "ana"}, project="acme")
    assert Purposes([run]).of(run) == "acme: to=ana"
    assert Purposes([run]).of(run, "acme") == "to=ana"


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_two_runs_of_a_workflow_are_told_apart(
    room: Room, size: tuple[int, int]
) -> None:
    room.start(version="1.9")
    room.start(version="2.0")
    async with sit_down(room, size) as seat:
        await seat.sees("version=2.0")
        await seat.sees("version=1.9")


async def test_the_gates_of_two_runs_are_told_apart(room: Room) -> None:
    for version in ("1.9", "2.0"):
        run = room.start(version=version)
        room.succeed(run, "draft", {"text": "hello"})
        room.ask(run, "{}")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.sees("version=1.9")
        await seat.sees("version=2.0")
        assert "for version=1.9" in seat.screen
        await seat.press("slash", *"2.0", "enter")
        await seat.sees("for version=2.0")
        assert "version=1.9" not in seat.screen
