"""Rooms that look the same every time and everywhere: fixed ids, times and people."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from engine.machine import commands as c
from engine.machine.state import Actor
from engine.schedules.timetable import Timetable
from store import projects
from store.records import ProblemRecord
from tests.tui.bench import AT, Room

LATER = 600.0  # seconds from the first of it to the look at it
ANA = Actor("ana", machine="desk", terminal="/dev/pts/3", via="cli")
NOWHERE = "/home/of/ana"  # nothing is there: settings are as usual
HOURLY = """\
workflow: hourly
title: Look at the queue
schedule: {cron: 0 * * * *, timezone: UTC}
steps:
  - {id: look, set: {found: 3}}
"""
EMAIL = (
    '{"to": "all@acme.example", "text": "Dear all,\\nversion 2.0 is here. ✅ 日本語"}'
)


class Ticking:
    """A clock that goes on by a second whenever something is written down."""

    def __init__(self) -> None:
        self.seconds = count()

    def __call__(self) -> float:
        return AT + next(self.seconds)


@contextmanager
def posed(state: str, root: Path, patch: pytest.MonkeyPatch) -> Iterator[Room]:
    numbers = count(1)
    patch.setattr("tests.tui.room.new_id", lambda c: f"{c}0000000{next(numbers):04}")
    patch.setenv("WEIR_STATE", str(root / "state"))
    patch.setenv("XDG_CONFIG_HOME", NOWHERE)
    patch.setenv("TZ", "UTC")
    for name in ("NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG", "SSH_CONNECTION"):
        patch.delenv(name, raising=False)
    time.tzset()
    room = Room(root / "billing")
    room.engine.clock = Ticking()
    STATES[state](room)
    room.engine.clock = lambda: AT + LATER
    try:
        yield room
    finally:
        room.desk.close()
        patch.undo()
        time.tzset()


def empty(room: Room) -> None:
    """Workflows, and nothing was ever run."""


def busy(room: Room) -> None:
    """Runs of every kind: one has ended, one is at work, others wait for a person."""
    projects.create(room.desk.database, "acme", "Acme Corporation", now=AT)
    room.save(HOURLY)
    Timetable(room.engine, print).look(AT)
    ended = room.start("ship", version="1.9", channel="stable", copies=1)
    room.succeed(ended, "draft", {"text": "hello"})
    gate = room.ask(ended, EMAIL)
    decide(room, ended, gate)
    room.succeed(ended, "send", {"sent": True})
    room.asking("risky")
    room.asking("formed")
    room.asking("ship", EMAIL)
    at_work = room.start("ship", version="2.0", channel="beta", copies=1)
    room.log(
        at_work,
        ("prompt", "Write to all of them. Be brief.", False),
        ("out", f"reading 日本語 ✅, a line that is long: {'abcdefghi ' * 20}", False),
        ("llm", "Dear all,", True),
    )
    room.take(at_work, "draft")


def decide(room: Room, run: str, gate: str) -> None:
    digest = room.desk.approval(gate).digest
    room.engine.handle(run, c.DecideApproval(gate, "approve", digest, ANA, "Good."))


def failing(room: Room) -> None:
    """A run that failed, one that may have done its step, a file that is broken."""
    run = room.start("ship", version="2.0", channel="beta", copies=1)
    room.log(run, ("err", "cp: cannot stat 'notes.md': No such file", False))
    room.fail(run, "draft", "exit status 1: cp: cannot stat 'notes.md'")
    problem = ProblemRecord(
        path="workflows/ship.yaml",
        line=4,
        column=7,
        message="unknown key `stepz`",
        hint="did you mean `steps`?",
    )
    room.break_file("ship", problem)


STATES: dict[str, Callable[[Room], None]] = {
    "empty": empty,
    "busy": busy,
    "failing": failing,
}
