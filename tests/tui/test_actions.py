"""The registry: what each action asks for before it is done."""

from __future__ import annotations

from tui.actions import ACTIONS, BY_ID, PANES, SCHEDULES, Here
from tui.teaching import taught

LOOKS = (
    "go.", "view.", "list.", "log.", "app.", "definition.", "inside.", "trends.",
    "settings.",  # the person's own, in no workspace
)  # fmt: skip
CHANGES_ALSO = "app.line"
LOOKS_ALSO = {
    "approvals.source",
    *("runs.why", "runs.inside", "runs.mark", "runs.compare", "runs.attempts"),
    *("approvals.read_down", "approvals.read_up", "filters.choose"),
    "approvals.snoozed",
    "approvals.order",
    "approvals.fold",
}


def test_who_only_looks_is_refused_every_action_that_changes_anything() -> None:
    looking = Here(read_only=True)
    for action in ACTIONS:
        looks = action.id in LOOKS_ALSO or action.id.startswith(LOOKS)
        if action.id == CHANGES_ALSO or not looks:
            refusal = action.refuse(looking)
            assert refusal is not None, action.id
            assert "reading only" in refusal, action.id


def test_who_only_looks_is_offered_none_of_them() -> None:
    for pane in (*PANES, SCHEDULES):
        words = {word for _, word in taught(pane, Here(pane, read_only=True))}
        assert not words & {"New", "Pause", "Stop", "Retry", "Approve", "Reject"}, pane


def test_a_browser_is_offered_nothing_that_takes_a_terminal() -> None:
    for name in ("app.suspend", "app.line", "templates.edit"):
        refusal = BY_ID[name].refuse(Here(in_browser=True))
        assert refusal is not None
        assert "no terminal" in refusal
    assert BY_ID["app.suspend"].refuse(Here()) is None
