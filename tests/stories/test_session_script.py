"""A session at the workbench, kept as a script, and done again in a copy."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from textual.widgets import Input

from store import filters, projects, runs
from tests.stories.place import PATIENCE, Place
from tests.tui.bench import Seat, sit_down
from tui.screens.choose import Choose
from tui.screens.confirm import Confirm
from tui.screens.line import Line
from tui.screens.output import Output
from tui.screens.pick import Pick
from tui.screens.work import WorkScreen
from tui.scripting.desk import scripting
from tui.scripting.session import Session

MakePlace = Callable[..., Place]

LETTER = """\
workflow: letter
inputs:
  who: {type: string}
  copies: {type: integer, default: 1}
steps:
  - id: draft
    set: {text: "Dear {{ inputs.who }}"}
  - id: ask
    approval:
      title: Send it?
      show: [outputs.draft]
      choices: [approve, rework, reject]
    route:
      - {choice: rework, to: draft}
      - {choice: reject, to: end}
      - {choice: approve, to: pack}
  - id: pack
    safe: true
    shell: exit 7
  - id: last
    set: {sent: "{{ outputs.draft.text }}"}
"""
EDITED = '{\n  "text": "Dear it\'s $(touch pwned) all\\n#"\n}\n'


def came_of(place: Place) -> list[dict[str, Any]]:
    """All that a person could tell of the runs, but for ids and times."""
    found = []
    for record in reversed(runs.page(place.database, limit=50)):
        state = place.state(record.id)
        origin = state.fork.run if state.fork else state.id
        decisions = [d for gate in state.approvals.values() for d in gate.decisions]
        found.append(
            {
                "workflow": state.workflow,
                "status": state.status,
                "inputs": state.inputs,
                "steps": {
                    path: (step.status, step.attempt, step.reason.replace(origin, ""))
                    for path, step in state.steps.items()
                },
                "left": state.steps["last"].output if "last" in state.steps else None,
                "said": [
                    (d.choice, d.comment, d.edit and d.edit.text) for d in decisions
                ],
                "fork": state.fork is not None,
            }
        )
    return found


async def leads_to(seat: Seat, kind: type) -> None:
    await seat.until(lambda: isinstance(seat.app.screen, kind), kind.__name__)
    seat.clock.forward(1)


async def gate_asks(seat: Seat, path: str) -> None:
    """Look at the gate that asks at a place for long enough."""
    await seat.press("2")
    pane = seat.app.work.approvals
    await seat.until(lambda: any(a.path == path for a in pane.pending.values()))
    await seat.press("G")  # what was decided stays until the cursor leaves it
    await seat.until(lambda: pane.gate is not None and pane.gate.approval.path == path)
    await seat.until(lambda: pane.document.end_seen)
    seat.clock.forward(1)


async def run_stands(seat: Seat, status: str) -> None:
    await seat.press("1")
    pane = seat.app.work.runs
    await seat.until(lambda: pane.chosen is not None and pane.chosen.status == status)


def tried(seat: Seat, run: str) -> int:
    return seat.room.engine.load(run).steps["pack"].attempt


async def session(seat: Seat) -> None:
    """What a person does on a morning."""
    await begin(seat)
    await answer(seat)
    await steer(seat)
    await look(seat)


async def begin(seat: Seat) -> None:
    """A project, and a run."""
    await seat.press("5", "n")
    await leads_to(seat, Line)
    await seat.press(*"acme", "enter")
    await seat.sees("acme")
    await seat.until(lambda: seat.app.work.templates.workflows())
    await seat.press("1", "n")
    await leads_to(seat, Pick)
    await seat.press("enter")
    await seat.until(lambda: isinstance(seat.app.focused, Input))
    fields = seat.app.screen.query(Input)
    fields.first().value = "A; rm -rf 'it'"
    fields.last().value = "2"
    await cast(Any, seat.app.screen).finish()
    await leads_to(seat, WorkScreen)


async def answer(seat: Seat) -> None:
    """Send it back with a word, then approve it as edited."""
    await gate_asks(seat, "ask")
    await seat.press("c")
    await leads_to(seat, Choose)
    await seat.press("2")
    await leads_to(seat, Line)
    await seat.press(*"shorter", "enter")
    await gate_asks(seat, "ask#2")
    await seat.press("e")
    await seat.sees("pwned")
    await seat.until(lambda: seat.app.work.approvals.document.end_seen)
    seat.clock.forward(1)
    await seat.press("a")


async def steer(seat: Seat) -> None:
    """Try what fails again, go on without it, and fork what came of it."""
    await run_stands(seat, "failed")
    pane = seat.app.work.runs
    (run,) = pane.rows
    await seat.press("p")  # refused
    await seat.press("R")
    await leads_to(seat, Confirm)
    await seat.press("y")
    await seat.until(lambda: tried(seat, run) == 2)
    await run_stands(seat, "failed")
    await seat.press("S")
    await leads_to(seat, Pick)
    await seat.press(*"pack", "enter")
    await leads_to(seat, Line)
    await seat.press(*"by hand", "enter")
    await run_stands(seat, "succeeded")

    await seat.press("o")
    await leads_to(seat, Pick)
    await seat.press(*"last", "enter")
    await leads_to(seat, Confirm)
    await seat.press("y")
    await seat.until(lambda: len(pane.rows) == 2)
    # A fork goes on without what was gone on without.
    await seat.until(
        lambda: [run.status for run in pane.rows.values()] == ["succeeded"] * 2
    )


async def look(seat: Seat) -> None:
    """Save a filter, ask why, and type a command."""
    await seat.press("/", *"status:succ", "enter", "W")
    await leads_to(seat, Line)
    await seat.press(*"done", "enter")
    await seat.until(lambda: "done is saved" in seat.said())
    await seat.press("w", ":")
    await leads_to(seat, Line)
    await seat.press(*"show RUN", "enter")
    await leads_to(seat, Output)
    await seat.sees("started ")
    await seat.press("q")
    await leads_to(seat, WorkScreen)


def run_script(script: Path, place: Place, tmp_path: Path) -> str:
    """Run it in a workspace, with `weir` where a shell finds it."""
    (tmp_path / "bin").mkdir()
    done = subprocess.run(
        ["sh", str(script)],
        cwd=place.root,
        env=place.with_weir(tmp_path / "bin"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{script.read_text()}\n{done.stdout}\n{done.stderr}"
    return done.stdout


async def test_the_script_of_a_session_does_the_same_in_a_copy(
    make_place: MakePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = make_place(letter=LETTER)
    copy = make_place(tmp_path / "copy", letter=LETTER)
    monkeypatch.setenv("WEIR_STATE", here.environment["WEIR_STATE"])
    here.wake()
    file = tmp_path / "session.sh"

    with scripting(here.root, file, wakes=False) as desk:
        room = cast(Any, SimpleNamespace(desk=desk, engine=desk.engine))
        async with sit_down(
            room,
            (120, 40),
            session=Session(desk.script),
            editor=lambda app, path, place: path.write_text(EDITED),
        ) as seat:
            await session(seat)

    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    assert "# refused: weir pause" in text
    run_script(file, copy, tmp_path)
    assert came_of(copy) == came_of(here)
    assert len(came_of(here)) == 2
    assert not (copy.root / "pwned").exists()
    for place in (here, copy):
        assert [p.name for p in projects.every(place.database)] == ["acme"]
        (kept,) = filters.of_person(place.database, desk.who.name)
        assert (kept.name, kept.text) == ("done", "status:succ")
