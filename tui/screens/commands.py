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
    """Let one of the actions be picked, and do it, or say why it can't be done.

    `helps`: it is looked at rather than searched, and q leads out of it.
    """
    keymap, here = bench.keymap, bench.keyed.here()
    items = [_item(action, keymap, here) for action in actions]
    hint = HELP if helps else HINT
    pick = Pick(title, items, COLUMNS, hint=hint, q_leaves=helps)
    picked = await bench.push_screen_wait(pick)
    if picked is None:
        return
    reason = why_not(BY_ID[picked], bench.keyed.here(), keymap)
    if reason is not None:
        bench.say(reason)
        bench.session.refused(BY_ID[picked], bench.keyed.here(), reason)
    else:
        bench.perform(picked)


def why_not(action: Action, here: Here, keymap: Keymap) -> str | None:
    """Why Enter in the list can't do it: a refusal, another pane's, a key's own."""
    if not action.applies(here.pane):
        pane = action.where[0]
        leads = "runs.inside" if pane == INSIDE else f"go.{pane}"
        return f"go to {pane.capitalize()} first: {keymap.first(leads)}"
    reason = action.refuse(here)
    if reason is None and action.by_key_only:
        return f"press {keymap.first(action.id)} in the pane: Enter never decides"
    return reason


def _item(action: Action, keymap: Keymap, here: Here) -> Item:
    reason = why_not(action, here, keymap)
    line = filled(action.command, here)
    about = [action.does, f"can't be done: {reason}" if reason else "", line]
    told = f"{action.does} ({reason})" if reason else action.does
    cells = (keymap.every(action.id), action.name, told)
    whole = " · ".join(words for words in about if words)
    return Item(action.id, cells, whole, dim=reason is not None)
