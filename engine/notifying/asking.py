"""A gate, as it is told: what it asks, who may answer, a command for each choice."""

from __future__ import annotations

from shlex import quote

from msgspec import Struct

from engine.gates import request_of
from engine.notifying.words import TEXT, TITLE, From, Item, clean, moment, weir
from store.records import ApprovalRecord, NoticeRecord


class Question(Struct, frozen=True):
    """A gate, why it is told, and what its deadline brings (nothing: it has none)."""

    notice: NoticeRecord
    approval: ApprovalRecord
    ends: str = ""

    def told(self, here: From) -> Item:
        approve = weir(here, "approve", self.approval.id)
        return Item(self.notice, headline(self), whole(self, here), approve)


def headline(question: Question) -> str:
    kind, _, number = question.notice.occasion.partition(" ")
    again = {"reminded": f"Reminder {number}: ", "escalated": "Escalated: "}
    risk = "High risk: " if question.approval.risk == "high" else ""
    return f"{again.get(kind, '')}{risk}{clean(question.approval.title, TITLE)}"


def whole(question: Question, here: From) -> list[str]:
    """All there is to say of one gate. How to answer comes before what may be long."""
    approval = question.approval
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
    return lines


def answers(question: Question, here: From) -> list[str]:
    """A command for each choice."""
    why = "--comment '…'"
    found, gate = [], question.approval.id
    for choice in request_of(question.approval).choices:
        match choice:
            case "approve":
                found.append(weir(here, "approve", gate))
            case "reject":
                found.append(weir(here, "reject", gate, why))
            case _:
                choose = ("--choice", quote(choice), why)
                found.append(weir(here, "approve", gate, *choose))
    return found
