"""What begins a workflow by itself: that it gives what is wanted, of what is there."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definition.begins import (
    Begin,
    EligibleTrigger,
    FileTrigger,
    Schedule,
    kind_of_begin,
    name_of,
)
from engine.definition.checks.checking import Checking
from engine.definition.checks.names import Name, why_no_key
from engine.definition.checks.reading import names_in, where
from engine.definition.checks.texts import of_with
from engine.definition.checks.used import check_given
from engine.definition.marks import Path
from engine.definition.model import Workflow
from engine.definition.words import among, shown
from engine.errors import TemplateError

ALWAYS: Mapping[str, tuple[str, ...]] = {"today": (), "now": ()}
# What the inputs of each kind may read, and what each of that has; () for no keys.
READS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cron": {"due": ()},
    "file": {"file": ("path", "name", "stem", "folder", "size", "sha256")},
    "eligible": {"project": ("name", "title", "facts")},
}


def check_begins(checking: Checking, workflow: Workflow) -> None:
    taken: dict[str, Begin] = {}
    for key, found in (
        ("schedule", workflow.schedules),
        ("trigger", workflow.triggers),
    ):
        for number, begin in enumerate(found):
            listed = (key, number) in checking.marks.values
            place: Path = (key, number) if listed else (key,)
            if is_unread(begin):
                continue
            check_name(checking, workflow, begin, taken, place)
            taken[name_of(workflow.name, begin, taken)] = begin
            check_begin(checking, workflow, begin, place)


def is_unread(begin: Begin) -> bool:
    """Whether it stands for one that can't be read, which has been told."""
    match begin:
        case Schedule(cron=said) | FileTrigger(file=said):
            return not said
        case EligibleTrigger():
            return False


def check_name(
    checking: Checking,
    workflow: Workflow,
    begin: Begin,
    taken: dict[str, Begin],
    place: Path,
) -> None:
    if begin.name and name_of(workflow.name, begin, taken) in taken:
        said = f"two of them are called `{begin.name}`"
        checking.tell((*place, "name"), said, "rename one")


def check_begin(
    checking: Checking, workflow: Workflow, begin: Begin, place: Path
) -> None:
    at = (*place, "inputs")
    check_given(checking, workflow.inputs, begin.inputs, at, place, "inputs")
    allowed = {**ALWAYS, **READS[kind_of_begin(begin)]}
    for text in of_with(begin.inputs, place):
        text_at = (*at, *text.path[len(place) + 1 :])
        try:
            read = names_in(text)
        except TemplateError as error:
            checking.tell_at(checking.marks.within(text_at, error.line), f"{error}")
            continue
        for name in sorted(read):
            if why := why_not_there(name, allowed):
                line, column = where(name, text.source)
                mark = checking.marks.within(text_at, line, column)
                checking.tell_at(mark, *why)
    match begin:
        case Schedule(overlap="skip", catchup="all"):
            said = "times that are made up for at once overlap, and would be skipped"
            hint = "say `overlap: queue`, or `catchup: one`"
            checking.tell((*place, "catchup"), said, hint)
        case EligibleTrigger() if workflow.eligible is None:
            said = "the workflow does not say who is eligible"
            hint = "add `eligible:`, an expression over inputs and context"
            checking.tell((*place, "eligible"), said, hint, at_key=True)


def why_not_there(
    name: Name, allowed: Mapping[str, tuple[str, ...]]
) -> tuple[str, str] | None:
    root, rest = name[0], name[1:]
    if root not in allowed:
        return f"`{shown(root)}` is not there before a run begins", (
            f"these inputs can read {among(allowed)}"
        )
    return why_no_key(root, rest, allowed[root]) if allowed[root] else None
