"""What `/` says of what waits: `risk:high project:acme refund !draft`."""

from __future__ import annotations

from collections.abc import Callable

from engine.stuck import Stuck
from store.records import ApprovalRecord

Row = ApprovalRecord | Stuck
TERMS: dict[str, Callable[[Row], str]] = {
    "workflow": lambda row: row.workflow,
    "project": lambda row: row.project,
    "risk": lambda row: row.risk,
}
HINT = "text !text workflow: project: risk:"


def lets(filter_text: str, row: Row, purpose: str = "") -> bool:
    """Whether a row has all that is asked; a term stands for how its value begins.

    `purpose` is what its run is for, as it is told beside it.
    """
    return all(_holds(word, row, purpose) for word in filter_text.casefold().split())


def _holds(word: str, row: Row, purpose: str) -> bool:
    if word.startswith("!"):
        return len(word) == 1 or not _holds(word[1:], row, purpose)
    name, colon, wanted = word.partition(":")
    if colon and name in TERMS:
        return TERMS[name](row).casefold().startswith(wanted)
    texts = (row.id, row.run, row.title, row.workflow, row.path, purpose)
    return any(word in text.casefold() for text in texts)
