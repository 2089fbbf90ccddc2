"""What `/` says of the approvals: `risk:high project:acme refund !draft`."""

from __future__ import annotations

from collections.abc import Callable

from store.records import ApprovalRecord

TERMS: dict[str, Callable[[ApprovalRecord], str]] = {
    "workflow": lambda row: row.workflow,
    "project": lambda row: row.project,
    "risk": lambda row: row.risk,
}
HINT = "text !text workflow: project: risk:"


def lets(filter_text: str, row: ApprovalRecord) -> bool:
    """Whether a row has all that is asked; a term stands for how its value begins."""
    return all(_holds(word, row) for word in filter_text.casefold().split())


def _holds(word: str, row: ApprovalRecord) -> bool:
    if word.startswith("!"):
        return len(word) == 1 or not _holds(word[1:], row)
    name, colon, wanted = word.partition(":")
    if colon and name in TERMS:
        return TERMS[name](row).casefold().startswith(wanted)
    texts = (row.id, row.run, row.title, row.workflow, row.path)
    return any(word in text.casefold() for text in texts)
