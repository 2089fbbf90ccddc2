"""From a key that was meant to a decision: what is still asked in between."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tui.holding import Verdict
from tui.panes.gate import Gate
from tui.panes.sending import decide
from tui.screens.choose import Answer, Choose
from tui.screens.confirm import Confirm
from tui.screens.grace import Grace
from tui.screens.reasons import ask_why
from tui.screens.start import with_given

if TYPE_CHECKING:
    from tui.app import Workbench
    from tui.panes.approvals import ApprovalsPane
    from tui.panes.pane import Act


class Decider:
    """Everything here is bound to the gate that was shown when the key was pressed."""

    def __init__(self, pane: ApprovalsPane) -> None:
        self.pane = pane

    @property
    def bench(self) -> Workbench:
        return self.pane.bench

    def by_id(self) -> Mapping[str, Act]:
        return {
            "approvals.approve": self.approve,
            "approvals.reject": self.reject,
            "approvals.choose": lambda: self.begin(self.offer),
            "approvals.withdraw": lambda: self.begin(self.take_back),
        }

    def approve(self) -> None:
        """What is approved was read to its end."""
        if (gate := self.meant()) is not None and self.seen():
            answer = self.answer(gate, "approve")
            self.pane.run_worker(answer, group="decision")

    def reject(self) -> None:
        self.begin(lambda gate: self.answer(gate, "reject"))

    def begin(self, decide: Callable[[Gate], Coroutine[Any, Any, None]]) -> None:
        if (gate := self.meant()) is not None:
            self.pane.run_worker(decide(gate), group="decision")

    def meant(self) -> Gate | None:
        """The gate a key is meant for; None, having said why, when there is none."""
        pane = self.pane
        if pane.gate is None:
            pane.say("the request is still being read")
        elif self.is_held(pane.gate):
            return None
        elif not pane.grace.takes():
            pane.say("what is shown has just changed: look at it, then press again")
        else:
            return pane.gate
        return None

    def is_held(self, gate: Gate) -> bool:
        """Whether it is decided and not sent yet, which is said."""
        held = self.bench.holding.of(gate.approval.id)
        if held is not None:
            key = self.bench.keymap.first("app.undo")
            self.pane.say(f"{held.words} is held for it: {key} takes it back")
        return held is not None

    def seen(self) -> bool:
        """Whether the end of the request has been on the screen."""
        if not self.pane.document.end_seen:
            key = self.bench.keymap.first("approvals.read_down")
            self.pane.say(f"read to the end before you approve: {key} reads on")
        return self.pane.document.end_seen

    async def offer(self, gate: Gate) -> None:
        """Every choice of the gate, by number; one that approves is confirmed."""
        titles = {choice.name: choice.title for choice in gate.rules.choices}
        answers = [
            Answer(name, titles.get(name, ""), gate.request.then.get(name, ""))
            for name in gate.request.choices
        ]
        question = Choose(gate.request.title, answers, grace=Grace(self.bench.clock))
        choice = await self.bench.push_screen_wait(question)
        if choice is None or (gate.approves(choice) and not self.seen()):
            return
        await self.answer(gate, choice, ask=gate.approves(choice))

    async def answer(self, gate: Gate, choice: str, *, ask: bool = False) -> None:
        """Ask for what the choice still needs, then decide."""
        verdict = Verdict(gate, choice, self.pane.drafts.of(gate))
        if verdict.approves:
            whole = await self._approval(verdict, ask=ask)
        else:
            whole = await self._refusal(verdict)
        if whole is not None:
            await decide(self.bench, [whole])

    async def _refusal(self, verdict: Verdict) -> Verdict | None:
        """With the reason, which is needed; the draft as it was edited is left out."""
        title = f"{verdict.choice}: {verdict.gate.request.title}"
        said = await ask_why(self.bench, title, verdict.gate.rules.reasons)
        if said is None:
            return None
        return replace(verdict, draft=None, comment=said.text, reason=said.reason)

    async def _approval(self, verdict: Verdict, *, ask: bool) -> Verdict | None:
        """With every item ticked, the form filled in, and `y` where a key isn't enough.

        That is for high risk, and where Enter or a digit came in between.
        """
        gate = verdict.gate
        if broken := self.pane.drafts.broken(gate):
            self.pane.say(broken)
            return None
        if lacks := gate.lacks(verdict.draft):
            key = self.bench.keymap.first("approvals.tick")
            self.pane.say(f"{lacks}; {key} ticks")
            return None
        if gate.rules.form:
            return await self._filled_in(verdict)
        if (ask or gate.high_risk) and not await self._sure(verdict):
            return None
        return verdict

    async def _filled_in(self, verdict: Verdict) -> Verdict | None:
        """With the form filled in and `y` said; a no leads back to it, as it stands."""
        gate, inputs = verdict.gate, verdict.inputs
        while True:
            fields = with_given(gate.rules.form, inputs or {})
            inputs = await self.bench.fill_in(gate.request.title, fields)
            if inputs is None:
                return None
            whole = replace(verdict, inputs=inputs)
            if await self._sure(whole):
                return whole

    async def _sure(self, verdict: Verdict) -> bool:
        risk = "High risk. " if verdict.gate.high_risk else ""
        given = (verdict.inputs or {}).items()
        question = Confirm(
            f"{risk}{verdict.choice}: {verdict.gate.request.title}",
            "\n".join(f"{name}: {value}" for name, value in given),
            grace=Grace(self.bench.clock),
        )
        said: bool | None = await self.bench.push_screen_wait(question)
        return said is True

    async def take_back(self, gate: Gate) -> None:
        approval = gate.approval
        question = Confirm(
            f"Withdraw {approval.id}: {gate.request.title}",
            "Nobody is asked any more; the run goes on as its routes say, or ends.",
            grace=Grace(self.bench.clock),
        )
        if await self.bench.push_screen_wait(question) and await self.bench.asked(
            lambda: self.bench.desk.withdraw(approval.id)
        ):
            self.pane.say(f"{approval.id} is withdrawn")
