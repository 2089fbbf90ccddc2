"""The lines that answer a gate as it was answered: they wait until it asks."""

from __future__ import annotations

from collections.abc import Iterator

from engine.desk import Desk
from engine.machine import commands as c
from engine.machine.state import Edit
from store import runs
from store.records import ApprovalRecord, StepRecord
from tui.scripting.acts import inputs, option
from tui.scripting.script import Script
from tui.scripting.words import Ref, Word

GATE = Ref("gate")
DRAFT = Ref("draft")
Answer = c.DecideApproval | c.WithdrawApproval


def answered(desk: Desk, script: Script, command: Answer) -> Iterator[str]:
    gate = desk.approval(command.approval)
    yield f"gate=$({script.line(asks(desk, script, gate))})"
    if isinstance(command, c.WithdrawApproval):
        yield script.line(["withdraw", GATE, *option("--comment", command.comment)])
    elif command.edit is not None:
        yield from edited(desk, script, gate, command.edit)
        line = script.line([*decided(command, gate), "--edit"])
        yield f"EDITOR=\"cp '$draft'\" {line}"
        yield 'rm "$draft"'
    else:
        yield script.line([*decided(command, gate)])


def snoozed(desk: Desk, script: Script, waits_id: str, until: str) -> list[str]:
    gate = desk.waits(waits_id)
    if isinstance(gate, StepRecord):
        step = script.step(gate.run, gate.path)
        return [script.line(["snooze", step, until])]
    return [
        f"gate=$({script.line(asks(desk, script, gate))})",
        script.line(["snooze", GATE, until]),
    ]


def asks(desk: Desk, script: Script, gate: ApprovalRecord) -> list[Word]:
    """What waits for a gate: by its place in its run, as its id is another each time.

    A run that another has started is found inside of that one.
    """
    record = runs.get(desk.database, gate.run)
    top = record.root if record is not None and record.root else gate.run
    run = top if top in script.runs else gate.run
    return ["wait", script.run(run), "--gate", gate.path]


def decided(command: c.DecideApproval, gate: ApprovalRecord) -> Iterator[Word]:
    """A gate of high risk takes no script's yes: there a person is asked."""
    said = [*option("--comment", command.comment), *option("--reason", command.reason)]
    if command.choice == "reject" and command.comment:
        yield from ("reject", GATE, *said)
    else:
        yield from ("approve", GATE, "--choice", command.choice, *said)
        yield from inputs("-i", command.inputs)
    if gate.risk != "high" or command.choice == "reject":
        yield "--yes"


def edited(
    desk: Desk, script: Script, gate: ApprovalRecord, edit: Edit
) -> Iterator[str]:
    """The draft as it was left, in a file that the editor's place is taken by."""
    shown = next(s for s in desk.request(gate).shown if s.name == edit.name)
    # An editor ends the last line, which is taken back where the draft had no end.
    end = "" if shown.text.endswith("\n") else "\n"
    yield "draft=$(mktemp)"
    text = script.line(["printf", "%s", edit.text + end]).removeprefix("weir ")
    yield f'{text} > "$draft"'
