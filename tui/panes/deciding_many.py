"""Deciding on the marked gates at once: each by itself, as it was shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from engine.errors import WeirError
from store import approvals
from store.errors import StoreError
from tui.panes.bundle import parts_of, why_alone
from tui.panes.gate import Gate, read_gate
from tui.screens.grace import Grace
from tui.screens.line import Line, Said
from tui.screens.together import Together

if TYPE_CHECKING:
    from tui.app import Workbench
    from tui.panes.approvals import ApprovalsPane


async def decide_marked(pane: ApprovalsPane, choice: str) -> None:
    """Show the marked gates together, and decide on each that was shown.

    One that has to be decided by itself, or has changed meanwhile, stays marked, and is
    said with its reason.
    """
    bench, marked = pane.bench, pane.marked()
    found = await bench.ask(lambda: gates_of(bench, marked))
    if found is None:
        return
    alone = {g.approval.id: why for g in found if (why := why_alone(g, choice))}
    gates = [gate for gate in found if gate.approval.id not in alone]
    if not gates:
        pane.say(told(alone))
        return
    left = f"; {len(alone)} by itself" if alone else ""
    question = f"{choice} {len(gates)} of {len(marked)}{left}?"
    asked = Together(question, [*parts_of(gates)], grace=Grace(bench.clock))
    if await bench.push_screen_wait(asked) is not True:
        return
    said = Said("")
    if not all(gate.approves(choice) for gate in gates):
        line = Line(f"{choice} {len(gates)}", hint="in one line, why")
        answer = await bench.push_screen_wait(line)
        if answer is None:
            return
        said = answer
    refused = await bench.ask(partial(decide_each, bench, gates, choice, said.text))
    if refused is None:
        return
    done = len(gates) - len(refused)
    pane.unmark(g.approval.id for g in gates if g.approval.id not in refused)
    pane.say("; ".join(w for w in (f"{choice}: {done}", told(alone | refused)) if w))


def gates_of(bench: Workbench, marked: Sequence[str]) -> list[Gate]:
    """The gates as they are now. Raises WeirError."""
    records = (approvals.get(bench.desk.database, each) for each in marked)
    return [read_gate(bench.desk.engine, each) for each in records if each is not None]


def decide_each(
    bench: Workbench, gates: Sequence[Gate], choice: str, comment: str
) -> dict[str, str]:
    """Decide on each; why those were refused that were."""
    refused: dict[str, str] = {}
    for gate in gates:
        approval = gate.approval
        try:
            bench.desk.decide(
                approval.id, choice, seen=approval.digest, comment=comment
            )
        except (WeirError, StoreError) as error:
            refused[approval.id] = str(error)
    return refused


def told(why: dict[str, str]) -> str:
    return "; ".join(f"{approval}: {reason}" for approval, reason in why.items())
