"""What a workflow says of beginning by itself: at times, and when something happens."""

from __future__ import annotations

from typing import Literal

from engine.definition.base import Json, Model

Overlap = Literal["skip", "queue", "allow"]
Catchup = Literal["none", "one", "all"]


class Schedule(Model, frozen=True, tag="cron"):
    """Times at which a run begins. `inputs` may hold templates that read `due`.

    `cron` has five fields; `timezone` is a name such as Europe/Vienna, empty for the
    machine's own. `overlap` says what becomes of a time that comes while a run of this
    schedule is under way, `catchup` what becomes of times that nobody was awake for.
    """

    cron: str
    timezone: str = ""
    overlap: Overlap = "skip"
    catchup: Catchup = "one"
    inputs: dict[str, Json] = {}
    project: str = ""
    name: str = ""


class FileTrigger(Model, frozen=True, tag="file"):
    """A run for each file that appears. `inputs` may read `file`.

    `file` is a path in the workspace, or a pattern that several fit.
    """

    file: str
    inputs: dict[str, Json] = {}
    project: str = ""
    name: str = ""


class EligibleTrigger(Model, frozen=True, tag="eligible"):
    """A run for each project for which `eligible` becomes true. `inputs` may read
    `project`; one that is named here is the only one looked at.

    `every`: seconds between two looks.
    """

    every: float = 3600.0
    inputs: dict[str, Json] = {}
    project: str = ""
    name: str = ""


Trigger = FileTrigger | EligibleTrigger
Begin = Schedule | FileTrigger | EligibleTrigger


def begins_of(
    workflow: str, schedules: tuple[Schedule, ...], triggers: tuple[Trigger, ...]
) -> dict[str, Begin]:
    """The schedules and triggers of a workflow, by the names that people type.

    The first of a kind is called `nightly`, `nightly/file` or `nightly/eligible`, the
    next `nightly/2`, and one that says its name `nightly/<name>`.
    """
    named: dict[str, Begin] = {}
    for each in (*schedules, *triggers):
        named.setdefault(name_of(workflow, each, named), each)
    return named


def name_of(workflow: str, begin: Begin, taken: dict[str, Begin]) -> str:
    """What one is called beside those before it; taken already if it says so itself."""
    if begin.name:
        return f"{workflow}/{begin.name}"
    kind = kind_of_begin(begin)
    first = workflow if kind == "cron" else f"{workflow}/{kind}"
    again = "/" if kind == "cron" else "-"
    name, number = first, 1
    while name in taken:
        number += 1
        name = f"{first}{again}{number}"
    return name


def kind_of_begin(begin: Begin) -> str:
    """cron, file or eligible."""
    return str(begin.__struct_config__.tag)
