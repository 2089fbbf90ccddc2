"""The draft of a gate in the person's own editor, and what came of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import WeirError
from engine.machine.state import Shown
from tui.broken import broken_json
from tui.drafting import edit_text
from tui.panes.gate import draft_of

if TYPE_CHECKING:
    from tui.panes.approvals import ApprovalsPane


def edit(pane: ApprovalsPane) -> None:
    """Keep what was edited as a draft, which is shown and still needs approving."""
    gate = pane.gate
    shown = gate.editable() if gate else None
    if gate is None or shown is None or pane.decider.is_held(gate):
        return
    key = gate.approval.id
    draft = pane.drafts.get(key)
    before = draft.text if draft else shown.text
    after = edited(pane, key, shown, before)
    if after is None:
        return
    pane.unfinished.pop(key, None)
    if after == before:
        pane.say("the text is unchanged: nothing was edited")
        return
    pane.drafts[key] = draft_of(shown, after)
    pane.draw()
    down, yes = map(
        pane.bench.keymap.first, ("approvals.read_down", "approvals.approve")
    )
    pane.say(f"edited: {down} reads on to what changed, {yes} approves it as edited")


def edited(pane: ApprovalsPane, key: str, shown: Shown, before: str) -> str | None:
    """The text as it left the editor; None, having said why, where it is no use.

    What is no JSON yet is kept, and opened the next time.
    """
    suffix = ".json" if shown.form == "json" else ".md"
    try:
        text = pane.unfinished.get(key, before)
        after = edit_text(text, suffix, pane.bench.edit)
    except WeirError as error:
        pane.say(str(error))
        return None
    if shown.form == "json" and (wrong := broken_json(after)):
        pane.unfinished[key] = after
        key = pane.bench.keymap.first("approvals.edit")
        pane.say(f"the edited text is {wrong}; it is kept, and {key} opens it again")
        return None
    return after
