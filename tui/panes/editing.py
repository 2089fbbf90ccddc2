"""The draft of a gate in the person's own editor, and what came of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import WeirError
from engine.machine.state import Shown
from tui.broken import broken_json
from tui.drafting import edit_text
from tui.panes.drafts import BROKEN
from tui.panes.gate import Gate

if TYPE_CHECKING:
    from tui.panes.approvals import ApprovalsPane

EDITED = (
    "edited, and kept: {approvals.read_down} reads on to what changed,"
    " {approvals.approve} approves it as edited, {approvals.discard} drops it"
)


def edit(pane: ApprovalsPane) -> None:
    """Keep what was edited as a draft, which is shown and still needs approving."""
    gate = pane.gate
    shown = gate.editable() if gate else None
    if gate is None or shown is None or pane.decider.is_held(gate):
        return
    found = pane.drafts.record(gate)
    before = found.text if found else shown.text
    after = edited(pane, before, shown)
    if after is None:
        return
    if after == before:
        pane.say("the text is unchanged: nothing was edited")
        return
    if after == shown.text:
        pane.drafts.forget([gate.approval.id])
        said = "that is the text as it was asked: your edit is dropped"
    else:
        said = keep(pane, gate, shown, after)
    pane.refilter()
    pane.draw()
    pane.say(pane.bench.keymap.taught(said))


def keep(pane: ApprovalsPane, gate: Gate, shown: Shown, text: str) -> str:
    """Keep it as a draft, also where it is no JSON yet; what there is to say of it."""
    wrong = broken_json(text) if shown.form == "json" else ""
    lost = pane.drafts.keep(gate, shown.name, text, whole=not wrong)
    return f"the edited text is {wrong}; {BROKEN}{lost}" if wrong else EDITED + lost


def edited(pane: ApprovalsPane, before: str, shown: Shown) -> str | None:
    """The text as it left the editor; None, having said why, where there is none."""
    suffix = ".json" if shown.form == "json" else ".md"
    try:
        return edit_text(before, suffix, pane.bench.edit)
    except WeirError as error:
        pane.say(str(error))
        return None
