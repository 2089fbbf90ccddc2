"""The message: what is asked, which commands answer it, and why somebody gets it.

What it says of a gate came from outside (a model, a server, a file), so it is data:
without controls, of a bounded length, and with no word that calls a whole chat room.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from shlex import quote

from msgspec import Struct

from engine.counted import counted
from engine.gates import request_of
from engine.schedules.clock import zone
from store.records import ApprovalRecord, NoticeRecord

TITLE, TEXT = 150, 1200  # characters
TOLD = 10  # gates that one message tells; the others it counts

# What chat services take for a call to everybody, or for a person of theirs.
CALLS = re.compile(r"@(?=(?:everyone|here|channel|all)\b)|<(?=[@!#&])", re.IGNORECASE)

# Controls, what turns the direction, halves of characters, and other ends of lines.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Question(Struct, frozen=True):
    """A gate, why it is told, and what its deadline brings (nothing: it has none)."""

    notice: NoticeRecord
    approval: ApprovalRecord
    ends: str = ""


class From(Struct, frozen=True):
    """Where the gate is, and in which time zone times are told."""

    root: Path
    machine: str
    zone: str


class Message(Struct, frozen=True):
    title: str
    body: str


def message(questions: Sequence[Question], here: From) -> Message:
    """One for what a target is to hear now, the most urgent first."""
    if len(questions) == 1:
        (one,) = questions
        return Message(headline(one), "\n".join(whole(one, here)))
    told, more = questions[:TOLD], len(questions) - TOLD
    lines = [f"On {clean(here.machine, 100)}:"]
    for each in told:
        lines += ["", f"- {headline(each)}", f"  {weir(here, 'approve', each)}"]
    if more > 0:
        lines += ["", f"and {more} more: {weir(here, 'inbox')}"]
    target = questions[0].notice.target
    lines += ["", f"You get this as {target}; `weir notify` tells what goes there."]
    return Message(f"{counted(len(questions), 'gate')} wait for you", "\n".join(lines))


def trial(target: str, here: From) -> Message:
    """What is sent to see whether anything arrives."""
    where = f"{clean(str(here.root), TITLE)} on {clean(here.machine, 100)}"
    told = f"It arrives: gates of {where} are told here."
    why = f"You get this as {target}, because somebody typed `weir notify test`."
    return Message("A message to try it", f"{told}\n\n{why}")


def headline(question: Question) -> str:
    kind, _, number = question.notice.occasion.partition(" ")
    again = {"reminded": f"Reminder {number}: ", "escalated": "Escalated: "}
    risk = "High risk: " if question.approval.risk == "high" else ""
    return f"{again.get(kind, '')}{risk}{clean(question.approval.title, TITLE)}"


def whole(question: Question, here: From) -> list[str]:
    """All there is to say of one gate. How to answer comes before what may be long."""
    approval, notice = question.approval, question.notice
    who = clean(", ".join(approval.approvers), TITLE) or "anyone there"
    lines = [
        f"{approval.workflow} asks, in run {approval.run}; {who} may answer.",
        f"Answer it on {clean(here.machine, 100)}:",
        *(f"  {each}" for each in answers(question, here)),
    ]
    if question.ends and approval.deadline is not None:
        lines.append(f"It {question.ends} on {moment(approval.deadline, here.zone)}.")
    if text := clean(request_of(approval).text, TEXT):
        lines += ["", text]
    why = clean(notice.why, TITLE * 2)
    return [*lines, "", f"You get this as {notice.target}, because {why}."]


def answers(question: Question, here: From) -> list[str]:
    """A command for each choice."""
    why = "--comment '…'"
    found = []
    for choice in request_of(question.approval).choices:
        match choice:
            case "approve":
                found.append(weir(here, "approve", question))
            case "reject":
                found.append(f"{weir(here, 'reject', question)} {why}")
            case _:
                asks = f"--choice {quote(choice)} {why}"
                found.append(f"{weir(here, 'approve', question)} {asks}")
    return found


def weir(here: From, verb: str, question: Question | None = None) -> str:
    root = clean(quote(str(here.root)), 1000)
    words = [verb, *([question.approval.id] if question else [])]
    return f"weir -C {root} {' '.join(words)}"


def moment(at: float, where: str) -> str:
    when = datetime.fromtimestamp(at, zone(where))
    return f"{when:%Y-%m-%d} at {when:%H:%M} ({where})"


def clean(text: str, most: int) -> str:
    """Text from anywhere, at most so long: of the unseen ends of lines stay."""
    seen = "".join(c for c in text if c == "\n" or is_seen(c)).strip()
    cut = seen if len(seen) <= most else f"{seen[: most - 1].rstrip()}…"
    return CALLS.sub(lambda call: {"@": "＠", "<": "‹"}[call[0]], cut)


def is_seen(character: str) -> bool:
    return unicodedata.category(character) not in UNSEEN
