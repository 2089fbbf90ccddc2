"""A gate's request on a terminal: all of it, so that what is decided on was seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.definition.kinds import Approval
from engine.machine.state import Request, Shown
from engine.machine.ticking import Checklist
from store.records import ApprovalRecord
from tui.cli import out
from tui.cli.tick import item_line
from tui.text import show
from tui.unusual import show_gaps, unusual
from tui.words.times import ago, until

EMPTY_LINES = re.compile("\n(?:[ \t]*\n){9,}")


def request_lines(approval: ApprovalRecord, request: Request) -> Iterator[str]:
    """Who asks, what is asked, everything it shows, and what each choice leads to."""
    yield f"{out.paint(out.one_line(request.title), bold=True)}"
    yield f"{approval.id}, asked {ago(approval.requested_at)}{deadline(approval)}"
    where = f"run {approval.run} of {approval.workflow}, step {approval.path}"
    yield out.one_line(where)
    yield out.one_line(deciders(approval))
    if approval.risk == "high":
        yield out.paint("! high risk", "red", bold=True)
    if request.text:
        yield ""
        yield from whole(request.text)
    for shown in request.shown:
        yield ""
        yield from shown_lines(shown)
    yield ""
    width = max((len(choice) for choice in request.choices), default=0)
    for choice in request.choices:
        then = request.then.get(choice, "")
        yield f"  {show(choice).ljust(width)}  {out.one_line(then)}".rstrip()
    yield f"digest {approval.digest}"


def ticked_lines(checklists: Iterable[Checklist]) -> Iterator[str]:
    """How far each is ticked: what a text says in a box is no tick."""
    for each in checklists:
        needed = "; an approval needs all" if each.needed and each.open else ""
        yield ""
        yield out.one_line(f"{each.path}: {each.counted}{needed}")
        for item in each.items:
            yield f"  {out.one_line(item_line(item))}"


def answer_lines(gate: Approval) -> Iterator[str]:
    """What may be said beside the choice: the form's fields, the canned reasons."""
    for name, field in gate.form.items():
        needed = "" if field.required and not field.has_default else ", not needed"
        said = field.description or field.title
        kind = f"one of {', '.join(map(str, field.enum))}" if field.enum else field.type
        text = f"{name} ({kind}{needed}){said and f': {said}'}"
        yield f"  --input {out.one_line(text)}"
    for key, text in gate.reasons.items():
        yield f"  --reason {out.one_line(f'{key}: {text}')}"


def deadline(approval: ApprovalRecord) -> str:
    if approval.deadline is None:
        return ""
    return f", deadline {until(approval.deadline)}"


def deciders(approval: ApprovalRecord) -> str:
    who = ", ".join(approval.approvers) or "anyone here"
    many = "" if approval.required == 1 else f"; {approval.required} of them must"
    return f"decided by {who}{many}"


def shown_lines(shown: Shown) -> Iterator[str]:
    head = f"--- {shown.name} ({shown.form}, sha256 {shown.digest[:12]}) ---"
    yield out.paint(out.one_line(head), "cyan")
    yield from whole(shown.text)


def whole(text: str) -> Iterator[str]:
    """Every line of the text: the terminal wraps them, nothing is cut.

    What may deceive the eye is told first; empty room is counted, not printed.
    """
    for remark in unusual(text):
        yield out.paint(f"! {remark}", "yellow")
    for line in EMPTY_LINES.sub(counted, text).split("\n"):
        yield show_gaps(show(line))


def counted(lines: re.Match[str]) -> str:
    return f"\n[{lines[0].count(chr(10)) - 1} empty lines]\n"
