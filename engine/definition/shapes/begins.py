"""The shapes of `schedule` and `trigger`: what makes a workflow begin by itself."""

from __future__ import annotations

from typing import Any, TypeVar

from engine.definition.begins import EligibleTrigger, FileTrigger, Schedule, Trigger
from engine.definition.shapes.basic import (
    Anything,
    Duration,
    Flag,
    Name,
    OneOf,
    Shape,
    Text,
)
from engine.definition.shapes.compound import Either, ListOf, MapOf, Then
from engine.definition.shapes.fields import IDENTIFIER
from engine.definition.shapes.mapping import Key, MappingOf
from engine.definition.shapes.work import AwaitedFile
from engine.definition.spot import Spot, Unread
from engine.definition.words import shown

T = TypeVar("T")

IDENTIFIED = "a letter, then letters, digits and `_`"
MOST = 100
SOONEST = 60.0  # seconds between two looks at who is eligible


class Cron(Text):
    def __init__(self) -> None:
        super().__init__("five fields of cron, such as 0 8 * * 1-5")

    def read(self, spot: Spot) -> str:
        from engine.definition.cron import why_no_cron  # only for who says a schedule

        text = " ".join(super().read(spot).split())
        if why := why_no_cron(text):
            told, _, hint = why.partition("; ")
            raise spot.wrong(f"`{shown(text)}` {told}", hint)
        return text


class Zone(Text):
    def __init__(self) -> None:
        super().__init__("a time zone, such as Europe/Vienna")

    def read(self, spot: Spot) -> str:
        from engine.definition.cron import is_zone

        text = super().read(spot)
        if not is_zone(text):
            hint = "write a name such as Europe/Vienna, America/New_York or UTC"
            raise spot.wrong(f"there is no time zone `{shown(text)}`", hint)
        return text


COMMON = {
    "inputs": Key(
        MapOf(Anything(), "a mapping of inputs to values", IDENTIFIER, IDENTIFIED),
        "What the run is given; a text may be a template.",
    ),
    "project": Key(Text(), "The project the run is gathered under."),
    "name": Key(Name("a name"), "What it is called beside others of this workflow."),
}

SCHEDULE = MappingOf(
    "a schedule",
    Schedule,
    {
        "cron": Key(Cron(), "When: minute hour day month weekday.", required=True),
        "timezone": Key(Zone(), "Where it is that time; here when left out."),
        "overlap": Key(
            OneOf("skip", "queue", "allow"),
            "What is done with a time that comes while a run of it is under way.",
        ),
        "catchup": Key(
            OneOf("none", "one", "all"),
            "What is done with times that nobody was awake for.",
        ),
        **COMMON,
    },
)


def check_trigger(spot: Spot, values: dict[str, Any]) -> None:
    told = [name for name in ("file", "eligible") if name in spot.value]
    if not told:
        spot.wrong("the trigger is for nothing", "say `file` or `eligible: true`")
    if len(told) > 1:
        both = "a trigger is for one thing; this one has `file` and `eligible`"
        spot.child("eligible").wrong(both, "make two triggers of it", at_key=True)
    if values.get("eligible") is False:
        hint = "say true, or take the trigger out"
        spot.child("eligible").wrong("`eligible` is what it would be for", hint)
    if "every" in spot.value and "eligible" not in spot.value:
        said = "`every` is for `eligible`; a file is looked for all the time"
        spot.child("every").wrong(said, "remove it", at_key=True)
    if values.get("every", SOONEST) < SOONEST:
        spot.child("every").wrong("a minute is the least")
    if "file" in spot.value and "file" not in values:
        raise Unread
    if "{{" in str(values.get("file", "")):
        said = "a trigger's file is no template: nothing is there to be read yet"
        spot.child("file").wrong(said, "write a pattern, such as incoming/*.csv")


def make_trigger(
    file: str | None = None, eligible: bool = False, every: float = 3600.0, **rest: Any
) -> Trigger:
    if file is not None:
        return FileTrigger(file=file, **rest)
    return EligibleTrigger(every=every, **rest)


TRIGGER: Shape[Trigger] = MappingOf(
    "a trigger",
    make_trigger,
    {
        "file": Key(AwaitedFile(), "The file, or the pattern of files, that appears."),
        "eligible": Key(Flag(), "true: when `eligible` becomes true for a project."),
        "every": Key(Duration(), "How often that is looked at; an hour."),
        **COMMON,
    },
    check_trigger,
)


def one(value: T) -> tuple[T, ...]:
    return (value,)


ONE_SCHEDULE: Shape[Schedule] = Either(
    "five fields of cron, or a mapping with `cron`",
    text=Then(Cron(), lambda cron: Schedule(cron=cron)),
    mapping=SCHEDULE,
)
SCHEDULES: Shape[tuple[Schedule, ...]] = Either(
    "five fields of cron, a mapping with `cron`, or a list of these",
    text=Then(ONE_SCHEDULE, one),
    mapping=Then(ONE_SCHEDULE, one),
    items=ListOf(
        ONE_SCHEDULE,
        "a list of schedules",
        least=1,
        most=MOST,
        instead=lambda: Schedule(cron=""),
    ),
)
TRIGGERS: Shape[tuple[Trigger, ...]] = Either(
    "a mapping with `file` or `eligible`, or a list of these",
    mapping=Then(TRIGGER, one),
    items=ListOf(
        TRIGGER,
        "a list of triggers",
        least=1,
        most=MOST,
        instead=lambda: FileTrigger(file=""),
    ),
)
