"""The items of a checklist: what stands open, who ticked what, and who may not.

An item is a line with a box, in the text as it stands. Whatever the mark in the box,
only a person's tick counts: the words of a document are often a model's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from engine.definition.kinds import Approval
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.places import scope_of
from engine.machine.plan import Plan
from engine.machine.setting import how_to_ask, still_rests
from engine.machine.state import (
    ApprovalStatus,
    Edit,
    RunState,
    StepState,
    Tick,
)
from engine.machine.undone import counts

FORM = "checklist"
_BOX = re.compile(r"\s*[-*+] \[[ xX]\] +(.*\S)\s*")
_FENCES = ("```", "~~~")
_ARTIFACTS = "artifacts."
_FEW = 3  # open items that a refusal names


class Item(Struct, frozen=True, omit_defaults=True):
    """A line to tick, counted from 1; `tick` is None while it is open."""

    number: int
    text: str
    tick: Tick | None = None


class Checklist(Struct, frozen=True):
    """What a gate shows that has items; `needed` where a yes wants all of them."""

    name: str
    path: str
    items: tuple[Item, ...]
    needed: bool = False

    @property
    def open(self) -> list[Item]:
        return [item for item in self.items if item.tick is None]

    @property
    def counted(self) -> str:
        ticked = len(self.items) - len(self.open)
        return f"{ticked} of {len(self.items)} ticked"

    @property
    def lacks(self) -> str:
        """Which items are open, in words; "" where none is."""
        if not self.open:
            return ""
        of = f"{len(self.open)} of {len(self.items)} items of {self.path}"
        return f"{of} are open: {_named(self.open)}"

    def edited(self, text: str) -> Checklist:
        """As it would be with that text in its place.

        A tick is of an item that still says what was ticked: an edited draft has those
        that were left alone.
        """
        ticks = {(item.number, item.text): item.tick for item in self.items}
        return replace(self, items=(*_ticked(text, ticks),))


def checklists_of(state: RunState, scope: str, gate: Approval) -> list[Checklist]:
    """Those that the gate wants complete, and others that it shows, as they stand."""
    found = []
    for name in dict.fromkeys([*gate.complete, *gate.show]):
        if not name.startswith(_ARTIFACTS):
            continue
        path = state.seen_from(scope, name.removeprefix(_ARTIFACTS))
        step = state.steps.get(path or "")
        if path is not None and step is not None and (items := items_of(step)):
            found.append(Checklist(name, path, (*items,), name in gate.complete))
    return found


def items_of(step: StepState) -> list[Item]:
    """The items of what a step left; none where that is no checklist."""
    if not step.artifact or step.output["form"] != FORM:
        return []
    ticks = {(tick.item, tick.text): tick for tick in step.ticks}
    return _ticked(step.output["text"], ticks)


def _ticked(text: str, ticks: Mapping[tuple[int, str], Tick | None]) -> list[Item]:
    of_texts = enumerate(boxes(text), 1)
    return [Item(n, said, ticks.get((n, said))) for n, said in of_texts]


def boxes(text: str) -> list[str]:
    """What stands behind the boxes of a Markdown text, but for code."""
    return [said for _, said in lines_of_boxes(text)]


def lines_of_boxes(text: str) -> list[tuple[int, str]]:
    """The number of each line that has a box, from 0, and what it says."""
    found = []
    in_code = False
    for number, line in enumerate(text.split("\n")):
        in_code ^= line.lstrip().startswith(_FENCES)
        if not in_code and (box := _BOX.fullmatch(line)):
            found.append((number, box[1]))
    return found


def tick(plan: Plan, change: Change, command: c.TickItem) -> None:
    """Tick an item of a checklist, or take that back. A run that has ended allows it:
    what is to be done after it may stand in its checklist."""
    step = _require_checklist(change.state, command.path)
    item = _require_item(step, command)
    if command.undo:
        _require_not_rested_on(plan, change.state, step)
    ticked = e.ItemTicked(
        command.path, item.number, item.text, command.by, command.undo
    )
    change.add(ticked, step.seq)


def require_complete(
    state: RunState, scope: str, gate: Approval, edit: Edit | None
) -> None:
    """Refuse a yes while an item is open of what the gate wants complete."""
    for name in gate.complete:
        path = state.seen_from(scope, name.removeprefix(_ARTIFACTS))
        if path is None:
            raise CommandRefused(f"`{name}` has to be complete, and is not there")
        if state.steps[path].output["form"] != FORM:
            raise CommandRefused(f"`{name}` has to be complete, and is no checklist")
    for each in checklists_of(state, scope, gate):
        if edit is not None and edit.name == each.name:
            each = each.edited(edit.text)
        if each.needed and each.lacks:
            ticks = f"`weir tick {state.id} {each.path} ITEM` ticks one"
            raise CommandRefused(f"{each.lacks}; {ticks}")


def _named(left: list[Item]) -> str:
    few = ", ".join(f"{item.number} {item.text}" for item in left[:_FEW])
    more = len(left) - _FEW
    return f"{few} and {more} more" if more > 0 else few


def _require_checklist(state: RunState, path: str) -> StepState:
    step = state.steps.get(path)
    if step is None or not step.artifact or step.output["form"] != FORM:
        raise CommandRefused(f"{path} is no checklist of run {state.id}")
    newest = state.newest(step.step, scope_of(path))
    if newest is not step or not counts(step):
        raise CommandRefused(
            f"{path} no longer counts; `weir show {state.id}` says what does"
        )
    return step


def _require_item(step: StepState, command: c.TickItem) -> Item:
    items = items_of(step)
    if not 1 <= command.item <= len(items):
        has = f"items 1 to {len(items)}" if items else "no items"
        raise CommandRefused(f"{step.path} has {has}; there is no {command.item}")
    item = items[command.item - 1]
    if command.text and command.text != item.text:
        raise CommandRefused(
            f"item {item.number} of {step.path} says something else now; look again"
        )
    if command.undo and item.tick is None:
        raise CommandRefused(f"item {item.number} of {step.path} is not ticked")
    if not command.undo and item.tick is not None:
        raise CommandRefused(
            f"{item.tick.by.name} has ticked item {item.number} of {step.path} already"
        )
    return item


def _require_not_rested_on(plan: Plan, state: RunState, step: StepState) -> None:
    """What was said yes to was complete, and stays so while the yes counts."""
    for gate in state.steps.values():
        known = plan.steps.get(gate.step)
        if known is None or not isinstance(known.do, Approval) or gate.reused:
            continue
        approval = state.approvals.get(gate.approval)
        if approval is None or approval.status is not ApprovalStatus.APPROVED:
            continue
        if f"artifacts.{step.step}" not in known.do.complete:
            continue
        seen = state.seen_from(scope_of(gate.path), step.step)
        if seen == step.path and still_rests(plan, state, gate):
            whom = " and ".join(decision.by.name for decision in approval.decisions)
            raise CommandRefused(
                f"{gate.path}, which {whom} approved, wanted {step.path} complete;"
                f" {how_to_ask(plan, state, gate)}"
            )
