"""What the last line teaches: the keys that do something to what is chosen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from engine.machine.state import RunStatus
from tui import actions as a
from tui.actions import BY_ID, Action, Here
from tui.refusing import something

if TYPE_CHECKING:
    from tui.keymap import Keymap

ALWAYS_IN_FOOTER = ("app.help", "app.line", "app.back")

# In the order in which they matter: what doesn't fit, or can't be done, is left out.
FOOTER: dict[str, tuple[str, ...]] = {
    a.RUNS: ("list.open", "runs.resolve", "runs.fill", "runs.compare", "runs.retry",
             "runs.start", "runs.stop", "runs.pause", "runs.why", "list.filter",
             "runs.inside", "runs.mark", "runs.again", "runs.skip", "runs.fork",
             "runs.rollback", "go.waiting", "list.copy", "view.zoom"),
    a.APPROVALS: ("approvals.approve_marked", "approvals.reject_marked", "list.open",
                  "approvals.approve", "approvals.reject", "approvals.choose",
                  "approvals.tick", "approvals.read_down", "approvals.edit",
                  "approvals.discard", "approvals.fold", "approvals.snooze",
                  "approvals.mark", "list.filter", "approvals.source", "runs.inside",
                  "approvals.mark_alike", "approvals.order", "list.copy", "view.zoom"),
    a.LOG: ("log.checklist", "runs.resolve", "runs.fill", "log.follow", "log.next_step",
            "runs.retry", "runs.stop", "runs.pause", "log.find", "log.next_error",
            "runs.inside", "runs.attempts", "log.wrap", "log.times", "view.zoom"),
    a.INSIDE: ("go.next", "inside.earlier", "inside.later", "runs.resolve", "runs.fill",
               "runs.retry", "runs.fork", "runs.rollback", "list.copy", "runs.attempts",
               "runs.stop", "runs.pause", "view.zoom"),
    a.BESIDE: ("go.next", "list.open", "list.copy", "view.zoom"),
    a.DEFINITION: ("go.next", "list.open", "templates.edit", "templates.add",
                   "runs.start", "definition.mark", "definition.text", "list.copy",
                   "view.zoom"),
    a.AUDIT: ("list.open", "go.next", "list.copy", "list.filter", "view.zoom"),
    a.SCHEDULES: ("list.open", "schedules.pause", "go.next", "list.copy",
                  "list.filter", "view.zoom"),
    a.RUNNER: ("list.open", "go.next", "list.copy", "list.filter", "view.zoom"),
    a.SETTINGS: ("settings.change", "settings.usual", "settings.edit", "list.filter",
                 "go.next", "view.zoom"),
    a.TRENDS: ("go.next", "trends.shorter", "trends.longer", "trends.read",
               "list.open", "view.zoom"),
    a.TEMPLATES: ("list.open", "runs.start", "templates.edit", "templates.new",
                  "templates.add", "list.filter", "list.copy", "go.definition",
                  "view.zoom"),
    a.PROJECTS: ("list.open", "projects.new", "list.copy", "list.filter", "view.zoom"),
}  # fmt: skip

DECIDING = ("approvals.approve", "approvals.reject", "approvals.choose",
            "approvals.edit", "approvals.withdraw")  # fmt: skip
# Of one kind: two rows are as quick to read as one that has to be opened.
LEAST = 3
TWO = {"approve", "reject"}  # choices with a key of their own

NEWEST = " --newest"  # of `weir retry`; R asks by which text
TYPED = re.compile(r"`weir ([^`]*)`")
# Each action by what its command is, without what follows: `mark`, `runner status`.
DOES = {
    re.split(r" (?=[A-Z-])", command.removeprefix("weir "))[0]: action
    for action in reversed(a.ACTIONS)
    for command in action.command.split(" · ")
    if command.startswith("weir ")
}

# What could be done, and is of use only where this holds.
USE: dict[str, Callable[[Here], object]] = {
    "runs.resolve": lambda here: here.unsure,
    "runs.fill": lambda here: here.lacking,
    "runs.compare": lambda here: here.marked_run,
    "runs.skip": lambda here: here.unsure,
    "approvals.choose": lambda here: {*here.choices} - TWO,
    "approvals.fold": lambda here: here.alike >= LEAST,
    "approvals.mark_alike": lambda here: here.alike > 1,
    "approvals.order": lambda here: here.waiting,
    "approvals.read_down": lambda here: here.approval,
    "list.open": lambda here: something(here) is None and not gate(here),
}


def gate(here: Here) -> bool:
    """Whether Enter only leads into the request, which is read by other keys."""
    return here.pane == a.APPROVALS and here.step is None


# The word for it, where what is chosen gives it another than the registry's.
WORDS: dict[str, Callable[[Here], str]] = {
    "list.open": lambda here: {"unsure": "Resolve", "lacking": "Fill in"}.get(
        stuck(here), ""
    ),
    "runs.pause": lambda here: "Go on" if is_paused(here) else "",
    "approvals.edit": lambda here: edits(here),
    "approvals.snooze": lambda here: "Wake" if here.asleep else "",
    "approvals.approve_marked": lambda here: all_of("Approve", here),
    "approvals.reject_marked": lambda here: all_of("Reject", here),
}
LONGEST_NAME = 12  # of what may be edited, beside the other keys


def stuck(here: Here) -> str:
    """What a step that can't go on asks for, where it is chosen in the inbox."""
    if here.pane != a.APPROVALS or here.step is None:
        return ""
    return "unsure" if here.unsure else "lacking" if here.lacking else ""


def edits(here: Here) -> str:
    """Which of the texts that a gate shows: `Edit letter`."""
    name = here.editable.rpartition(".")[2]
    return f"Edit {name}" if len(name) <= LONGEST_NAME else ""


def all_of(word: str, here: Here) -> str:
    """What is done to all of one row, with their number as the row has it."""
    return f"{word} ×{here.marked}" if here.folded else ""


def is_paused(here: Here) -> bool:
    return here.run is not None and here.run.status == RunStatus.PAUSED


def in_keys(sentence: str, keymap: Keymap, place: str) -> str:
    """What is typed in a shell, by the keys that do it here: `weir fill …` is f.

    A command that no key does stays as it is. What one key does in two ways, of which
    it asks, is named once.
    """
    told: list[str] = []

    def keys(found: re.Match[str]) -> str:
        said = _keys_for(found, keymap, place)
        other_way = said in told and found[1].endswith(NEWEST)
        told.append(said)
        return "or" if other_way else said

    return TYPED.sub(keys, sentence)


def _keys_for(found: re.Match[str], keymap: Keymap, place: str) -> str:
    words = found[1].split()
    for size in (2, 1):
        action = DOES.get(" ".join(words[:size]))
        if action is not None and keymap.first(action.id):
            leads = "" if action.applies(place) else f"{_lead(action, keymap)} then "
            other = f" on {words[-1]}" if action.id == "runs.why" else ""
            return f"{leads}{keymap.first(action.id)} ({action.name}){other}"
    return found[0]


def _lead(action: Action, keymap: Keymap) -> str:
    return keymap.first(f"go.{action.where[0]}")


def taught(place: str, here: Here) -> Iterator[tuple[str, str]]:
    """Each action that works on what is chosen, with its word, what matters first."""
    for action_id in FOOTER[place]:
        if BY_ID[action_id].refuse(here) is not None:
            continue
        if here.answered and action_id in DECIDING:
            continue
        if action_id not in USE or USE[action_id](here):
            word = WORDS[action_id](here) if action_id in WORDS else ""
            yield action_id, word or BY_ID[action_id].name
