"""Deciding on several gates at once: each by itself, as it was shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from store import approvals
from tui.holding import Verdict
from tui.panes.bundle import parts_of, why_alone
from tui.panes.gate import Gate, read_gate
from tui.panes.sending import decide
from tui.screens.grace import Grace
from tui.screens.line import Said
from tui.screens.reasons import ask_why
from tui.screens.together import Together

if TYPE_CHECKING:
    from tui.app import Workbench
    from tui.panes.approvals import ApprovalsPane


async def decide_marked(pane: ApprovalsPane, choice: str) -> None:
    """Show what is marked, or folded, together, and decide on each that was shown.

    One that has to be decided by itself, or has changed meanwhile, stays marked, and is
    said with its reason.
    """
    bench, marked = pane.bench, pane.together()
    found = await bench.ask(lambda: gates_of(bench, marked))
    if found is None or bench.screen is not bench.work:
        return  # another question stands already
    alone = {g.approval.id: why for g in found if (why := why_not(bench, g, choice))}
    gates = [gate for gate in found if gate.approval.id not in alone]
    if not gates:
        pane.say("; ".join(told(alone)))
        return
    left = f"; {len(alone)} by itself" if alone else ""
    question = f"{choice} {len(gates)} of {len(marked)}{left}?"
    asked = Together(question, [*parts_of(gates)], grace=Grace(bench.clock))
    if await bench.push_screen_wait(asked) is not True:
        return
    said = await reason_for(bench, gates, choice)
    if said is not None:
        verdicts = [
            Verdict(gate, choice, comment=said.text, reason=said.reason)
            for gate in gates
        ]
        await decide(bench, verdicts, told(alone))


async def reason_for(
    bench: Workbench, gates: Sequence[Gate], choice: str
) -> Said | None:
    """One reason for all, where one is needed; None when the person leaves it.

    The canned ones are those that each of them has.
    """
    if all(gate.approves(choice) for gate in gates):
        return Said("")
    every = [{*gate.rules.reasons.items()} for gate in gates]
    shared = {*every[0]}.intersection(*every)
    reasons = {k: v for k, v in gates[0].rules.reasons.items() if (k, v) in shared}
    return await ask_why(bench, f"{choice} {len(gates)}", reasons)


def gates_of(bench: Workbench, marked: Sequence[str]) -> list[Gate]:
    """The gates as they are now. Raises WeirError."""
    records = (approvals.get(bench.desk.database, each) for each in marked)
    return [read_gate(bench.desk.engine, each) for each in records if each is not None]


def why_not(bench: Workbench, gate: Gate, choice: str) -> str:
    """Why a gate is not decided on with the others; "" where it is."""
    held = bench.holding.of(gate.approval.id)
    if held:
        return f"{held.words} is held for it"
    if gate.approves(choice) and gate.approval.id in bench.work.approvals.drafts:
        return "you have edited it"
    return why_alone(gate, choice)


def told(why: dict[str, str]) -> list[str]:
    return [f"{approval}: {reason}" for approval, reason in why.items()]
