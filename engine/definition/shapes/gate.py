"""The shape of a gate: what is asked, of whom, and what silence means."""

from __future__ import annotations

from typing import Any

from engine.definition.kinds import Approval, Choice
from engine.definition.shapes.basic import (
    Duration,
    Flag,
    Matching,
    Name,
    OneOf,
    Shape,
    Text,
    Whole,
)
from engine.definition.shapes.compound import Either, ListOf, MapOf, Then
from engine.definition.shapes.fields import INPUTS
from engine.definition.shapes.mapping import Key, MappingOf
from engine.definition.shapes.telling import (
    APPROVERS,
    ESCALATE,
    REMIND,
    TARGETS,
    check_telling,
)
from engine.definition.spot import Spot
from engine.definition.words import did_you_mean, is_name, shown

ON_TIMEOUT = ("expire", "fail", "remind")
ON_TIMEOUT_WORDS = "expire, fail, remind or route:STEP"

# What a route may be for without being a choice anyone makes.
ENDINGS = ("expired", "withdrawn")
DOTTED = r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*"


class OnTimeout(Text):
    """What happens when nobody answers. It can't be an approval."""

    def __init__(self) -> None:
        super().__init__(f"one of {ON_TIMEOUT_WORDS}")

    def read(self, spot: Spot) -> str:
        text = super().read(spot)
        if text in ON_TIMEOUT:
            return text
        if text.startswith("approve"):
            why = "`on_timeout` can't approve: silence is nobody's consent"
            raise spot.wrong(why, f"choose {ON_TIMEOUT_WORDS}")
        target = text.removeprefix("route:").strip()
        if text.startswith("route:") and is_name(target):
            return f"route:{target}"
        near = did_you_mean(text, ON_TIMEOUT)
        message = f"`on_timeout` is `{shown(text)}`; it must be {self.words}"
        raise spot.wrong(message, near)

    def schema(self, defs: dict[str, Any]) -> dict[str, Any]:
        route = "route: *[a-z0-9][a-z0-9_-]*"
        return {"type": "string", "pattern": f"^({'|'.join(ON_TIMEOUT)}|{route})$"}


def make_choice(name: str, title: str = "", approves: bool = False) -> Choice:
    return Choice(name=name, title=title, approves=approves or name == "approve")


def check_choice(spot: Spot, values: dict[str, Any]) -> None:
    if values.get("name") == "approve" and values.get("approves") is False:
        hint = "give it another name"
        spot.child("approves").wrong("a choice named `approve` approves", hint)


CHOICE_NAME = Name("the name of a choice", taken=ENDINGS)
CHOICE: Shape[Choice] = Either(
    "the name of a choice, or a mapping with `name`",
    text=Then(CHOICE_NAME, make_choice),
    mapping=MappingOf(
        "a choice",
        make_choice,
        {
            "name": Key(CHOICE_NAME, "What is typed and recorded.", required=True),
            "title": Key(Text(), "What the person reads."),
            "approves": Key(Flag(), "Whether choosing it approves."),
        },
        check_choice,
    ),
)


def check_silence(spot: Spot) -> None:
    """What silence means is said where a time is, and only there."""
    if "timeout" in spot.value and "on_timeout" not in spot.value:
        hint = f"add `on_timeout:` {ON_TIMEOUT_WORDS}"
        spot.child("timeout").wrong(
            "a gate with a `timeout` must say what silence means", hint, at_key=True
        )
    if "on_timeout" in spot.value and "timeout" not in spot.value:
        hint = "add `timeout:`, or remove `on_timeout`"
        spot.child("on_timeout").wrong(
            "without a `timeout` a gate waits for ever", hint, at_key=True
        )


def check_gate(spot: Spot, values: dict[str, Any]) -> None:
    """What only the whole gate tells."""
    check_silence(spot)
    shows = values.get("show", ())
    if "edit" in values and "show" in values and values["edit"] not in shows:
        hint = did_you_mean(values["edit"], shows, "add it to `show`")
        spot.child("edit").wrong("`edit` must be one of `show`", hint)
    if "edit" in values and "show" not in spot.value:
        spot.child("edit").wrong("`edit` must be one of `show`", "add `show`")
    if "edit" in values and values.get("required", 1) > 1:
        hint = "remove it: what several people approve must not change in between"
        spot.child("edit").wrong("`edit` is for one approver", hint, at_key=True)
    check_choices(spot, values)
    check_approvers(spot, values)
    check_telling(spot, values)


def check_choices(spot: Spot, values: dict[str, Any]) -> None:
    choices: tuple[Choice, ...] = values.get("choices", ())
    names = [choice.name for choice in choices]
    for number, name in enumerate(names):
        if name in names[:number] and len(names) == len(spot.value["choices"]):
            spot.child("choices").child(number).wrong(f"`{name}` is offered twice")
    complete = choices and len(choices) == len(spot.value["choices"])
    if complete and not any(choice.approves for choice in choices):
        hint = "name one `approve`, or give one `approves: true`"
        spot.child("choices").wrong("none of the choices approves", hint)


def check_approvers(spot: Spot, values: dict[str, Any]) -> None:
    approvers: tuple[str, ...] = values.get("approvers", ())
    people = [name for name in approvers if not name.startswith("role:")]
    required = values.get("required", 1)
    if approvers and len(people) == len(approvers) and required > len(set(people)):
        few = f"{required} must approve and only {len(set(people))} may"
        spot.child("required").wrong(few, "add approvers, or ask for fewer")


GATE = MappingOf(
    "an approval",
    Approval,
    {
        "title": Key(Text(), "The question: a template.", required=True),
        "text": Key(Text(), "More about it, as Markdown: a template."),
        "show": Key(
            ListOf(
                Matching(
                    "a name like artifacts.brief",
                    DOTTED,
                    "write artifacts.STEP or outputs.STEP, without braces",
                ),
                "a list of names",
            ),
            "What is decided on: artifacts.brief, outputs.risk.",
        ),
        "choices": Key(
            ListOf(CHOICE, "a list of choices", least=1),
            "The answers. approve and reject when left out.",
        ),
        "approvers": Key(
            APPROVERS, "Who may decide; anyone at this machine when left out."
        ),
        "required": Key(Whole(1, 50), "How many different people must approve."),
        "timeout": Key(Duration(), "How long it waits for an answer."),
        "on_timeout": Key(OnTimeout(), "What silence means; never an approval."),
        "reasons": Key(
            MapOf(Text(), "a mapping of names to texts", r"[A-Za-z0-9][A-Za-z0-9_-]*",
                  "letters, digits, `-` and `_`"),
            "Ready comments, by a short name.",
        ),
        "form": Key(INPUTS, "Values the person gives with an approval."),
        "edit": Key(Text(), "Which of `show` may be edited; the first when left out."),
        "complete": Key(
            ListOf(
                Matching(
                    "a name like artifacts.checks",
                    r"artifacts\.[A-Za-z0-9_-]+",
                    "write artifacts.STEP, without braces",
                ),
                "a list of names",
                least=1,
            ),
            "Checklists whose items are all ticked before anyone can approve.",
        ),
        "risk": Key(
            OneOf("low", "normal", "high"), "high: asks twice, never from a script."
        ),
        "notify": Key(TARGETS, "Who is told of it; as weir.toml says when left out."),
        "remind": Key(REMIND, "When it is told of again while nobody answers."),
        "escalate": Key(ESCALATE, "Who else is told, and may decide, after how long."),
    },
    check_gate,
)  # fmt: skip
