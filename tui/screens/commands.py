"""The help and the palette: every action with its keys, found by typing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.actions import BY_ID, INSIDE, Action, Here
from tui.commanding import filled
from tui.keymap import Keymap
from tui.screens.pick import Item, Pick
from tui.widgets.vtable import Column

if TYPE_CHECKING:
    from tui.app import Workbench

COLUMNS = (
    Column("keys", "KEY", 12, priority=9),
    Column("name", "NAME", 14, priority=8),
    Column("does", "DOES", None, priority=7),
)
HINT = "type to filter   ⏎ do it   esc leave"
HELP = "type to filter   ⏎ do it   q esc leave"


async def perform_one_of(
    bench: Workbench, title: str, actions: Iterable[Action], *, helps: bool = False
) -> None:
    """Let one of the actions be picked, and do it, lead to it, or say why not.

    `helps`: it is looked at rather than searched, in the order of the registry, and q
    leads out of it. Else what can be done here stands first.
    """
    keymap, here = bench.keymap, bench.keyed.here()
    if not helps:
        actions = sorted(actions, key=lambda action: _how_far(action, here))
    items = [_item(action, keymap, here) for action in actions]
    hint = HELP if helps else HINT
    pick = Pick(title, items, COLUMNS, hint=hint, q_leaves=helps)
    picked = await bench.push_screen_wait(pick)
    if picked is not None:
        _do(bench, BY_ID[picked])


def _do(bench: Workbench, action: Action) -> None:
    here = bench.keyed.here()
    if not action.applies(here.pane) and _way(action, here).refuse(here) is None:
        _lead(bench, action, here)
        return
    reason = why_not(action, here, bench.keymap)
    if reason is not None:
        bench.say(reason)
        bench.session.refused(action, here, reason)
    else:
        bench.perform(action.id)


def _lead(bench: Workbench, action: Action, here: Here) -> None:
    """Go where it is done, and do it there only if it is done to nothing.

    What is chosen there, nobody has looked at: its key is named, and not pressed.
    """
    bench.perform(_way(action, here).id)
    if action.anew and action.applies(bench.keyed.place):
        bench.perform(action.id)
    else:
        bench.say(f"{bench.keymap.first(action.id)} ({action.name}): {action.does}")


def _way(action: Action, here: Here) -> Action:
    """What leads to where it is done: into a run from a list of them, if need be."""
    place = action.where[0]
    inside = BY_ID["runs.inside"]
    if place == INSIDE:
        return inside if inside.applies(here.pane) else BY_ID["go.runs"]
    return BY_ID[f"go.{place}"]


def _how_far(action: Action, here: Here) -> int:
    """What can be done here stands before what can be elsewhere, or not at all."""
    if not action.applies(here.pane):
        return 1
    return 0 if action.refuse(here) is None else 2


def why_not(action: Action, here: Here, keymap: Keymap) -> str | None:
    """Why Enter in the list can't do it here: a refusal, another's, a key's own."""
    if not action.applies(here.pane):
        place = action.where[0].capitalize()
        return _way(action, here).refuse(here) or f"in {place}: ⏎ goes there"
    reason = action.refuse(here)
    if reason is None and action.by_key_only:
        return f"press {keymap.first(action.id)} in the pane: Enter never decides"
    return reason


def _item(action: Action, keymap: Keymap, here: Here) -> Item:
    reason = why_not(action, here, keymap)
    line = filled(action.command, here)
    told = f"{action.does} ({reason})" if reason else action.does
    cells = (keymap.every(action.id), action.name, told)
    whole = " · ".join(words for words in (action.does, reason, line) if words)
    dim = _how_far(action, here) > 0
    return Item(action.id, cells, whole, dim=dim, name=action.name)
