"""Several gates read together: what they have in common once, and what differs in each.

What is decided on is each gate by itself, bound to the digest of what was shown here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from textual.content import Content

from engine.machine.places import id_of
from engine.machine.state import Shown
from tui.panes.gate import Gate
from tui.widgets.safe import plain

Part = Content | str
HEADING = "bold $text-accent"
LEAST = 2  # gates of one kind that are told together


def why_alone(gate: Gate, choice: str) -> str:
    """Why a gate has to be decided by itself; "" where it need not be."""
    if not gate.open:
        return "it has been decided"
    if choice not in gate.request.choices:
        return f"it offers {', '.join(gate.request.choices)}"
    if gate.high_risk and gate.approves(choice):
        return "it is high risk"
    if gate.rules.form and gate.approves(choice):
        return "it asks for values"
    return ""


def kind_of(gate: Gate) -> tuple[str, str]:
    """Gates of one kind ask the same of many runs: workflow, and step."""
    return gate.approval.workflow, id_of(gate.approval.path)


def parts_of(gates: Sequence[Gate]) -> Iterator[Part]:
    """All that is asked, kind by kind, in the order in which it is to be read."""
    for kind, each in groupby(sorted(gates, key=kind_of), key=kind_of):
        alike = [*each]
        common = common_to(alike) if len(alike) >= LEAST else {}
        yield plain(f"── {kind[0]}, {kind[1]}: {len(alike)} ──", HEADING)
        for shown in common.values():
            yield plain(f"{shown.name}, the same in all", HEADING)
            yield shown.text
        texts = {gate.request.text for gate in alike}
        if len(texts) == 1:
            yield from (text for text in texts if text)
        for gate in alike:
            yield from what_differs(gate, common, with_text=len(texts) > 1)
    yield plain(f"── end of {len(gates)} ──", "$foreground-muted")


def common_to(gates: Sequence[Gate]) -> dict[str, Shown]:
    """What each of them shows, and shows alike, by name."""
    first, *others = gates
    return {
        shown.name: shown
        for shown in first.request.shown
        if all(shown in other.request.shown for other in others)
    }


def what_differs(
    gate: Gate, common: dict[str, Shown], *, with_text: bool
) -> Iterator[Part]:
    approval = gate.approval
    yield ""
    yield plain(gate.request.title, "bold")
    yield f"{approval.id} · run {approval.run} · {approval.digest[:12]}"
    if with_text and gate.request.text:
        yield gate.request.text
    for shown in gate.request.shown:
        if shown.name not in common:
            yield plain(f"{shown.name}", HEADING)
            yield shown.text
