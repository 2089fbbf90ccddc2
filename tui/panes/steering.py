"""Where a run goes: rolled back, forked, led back, past a step, to a newer version.

Each is shown before it is done, by what the command of that name shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from engine.machine.places import is_undo
from engine.machine.putting import CONTEXT
from engine.machine.state import RunStatus, StepStatus
from store import steps
from store.records import RunRecord, StepRecord
from tui.panes.forking import SHOWN, Forking, shortened
from tui.panes.on_run import OnRun
from tui.panes.pane import Act
from tui.screens.choose import Answer, Choose
from tui.screens.grace import Grace
from tui.screens.line import Line
from tui.screens.pick import Item, Pick
from tui.text import mark_of, placed, visit_at
from tui.widgets.vtable import Column
from tui.words.verdicts import lines_of

if TYPE_CHECKING:
    from engine.preview import Undoing

COLUMNS = (
    Column("step", "STEP", 28, priority=9),
    Column("state", "STATE", 12, priority=8),
    Column("summary", "LEFT BEHIND", None, priority=6),
)
HINT = "type to filter   ⏎ this one   esc leave"
ALL = ""  # instead of a step: everything
NEWEST = "newest"
DONE = (StepStatus.SUCCEEDED, StepStatus.SKIPPED)


class Steering(OnRun):
    def by_id(self) -> Mapping[str, Act]:
        return {
            "runs.rollback": self.roll_back,
            "runs.fork": self.fork,
            "runs.back": self.back,
            "runs.skip": self.skip,
            "runs.adopt": self.adopt,
            "runs.retry": self.retry,
        }

    async def roll_back(self) -> None:
        run, desk = self.run, self.bench.desk
        everything = Item(ALL, ("everything", "", "all that the run has done"))
        to = await self._pick(f"Roll {run.id} back to", (*DONE,), first=[everything])
        if to is None:
            return
        visit = visit_at(to) if to else ALL
        found = await self.bench.ask(lambda: desk.preview(run.id, visit))
        if found is None:
            return
        told = [undone(each) for each in found] or ["nothing is to be undone"]
        where = f"to {to}" if to else "whole"
        if await self._sure_of(f"Roll {run.id} back, {where}?", told):
            work = partial(desk.roll_back, run.id, visit)
            await self.do(work, f"{run.id} is rolled back")

    async def fork(self) -> None:
        run, bench = self.run, self.bench
        start = await self._pick(f"Fork {run.id} at", tuple(StepStatus))
        if start is not None:
            await Forking(bench, run, start).begin()

    async def back(self) -> None:
        run, desk = self.run, self.bench.desk
        to = await self._pick(f"Go back in {run.id} to", tuple(StepStatus))
        if to is None:
            return
        said = await self._line(f"Back to {to}", "why, in one line", required=False)
        if said is not None:
            work = partial(desk.back, run.id, to, said)
            await self.do(work, f"{run.id} comes to {to} again")

    async def skip(self) -> None:
        run, desk = self.run, self.bench.desk
        over = (*DONE, StepStatus.UNDONE)
        left = tuple(status for status in StepStatus if status not in over)
        step = await self._pick(f"Go on in {run.id} without", left)
        if step is None:
            return
        said = await self._line(f"Without {step}", "why, in one line: it is recorded")
        if said is not None:
            work = partial(desk.skip, run.id, step, said)
            await self.do(work, f"{run.id} goes on without {step}")

    async def adopt(self) -> None:
        run, bench = self.run, self.bench
        if not await self._behind(run):
            return
        found = await bench.ask(lambda: bench.desk.adoption(run.id))
        if found is None:
            return
        if found.breaks:
            first = found.breaks[0]
            bench.say(f"it would break at {first.path}: {first.why}", wrong=True)
            return
        question = f"Let {run.id} go on by the newest {run.workflow}?"
        if await self._sure_of(question, lines_of(found.verdicts)):
            work = partial(bench.desk.adopt, run.id)
            await self.do(work, f"{run.id} goes on by the newest version")

    async def retry(self) -> None:
        """From the step that failed; where the file has changed, by which text."""
        run, bench = self.run, self.bench
        stands = await bench.ask(lambda: bench.desk.standing(run.id))
        if stands is None:
            return
        question = f"Retry {run.id} ({run.workflow}) from the step that failed?"
        newest = stands.word == "can adopt" and run.status == RunStatus.FAILED
        if newest:
            way = await self._by_which_text(question)
            sure, newest = way is not None, way == NEWEST
        else:
            broken = [f"By its file as it is now: {stands}"] if stands.breaks else []
            sure = await self.sure(question, "\n".join([run.reason, *broken]))
        if sure:
            work = partial(bench.desk.retry, run.id, newest=newest)
            await self.do(work, f"{run.id} tries again")

    async def _by_which_text(self, question: str) -> str | None:
        bench, run = self.bench, self.run
        found = await bench.ask(lambda: bench.desk.adoption(run.id))
        if found is None:
            return None
        told = "; ".join(lines_of(found.verdicts)[:SHOWN])
        answers = (
            Answer(NEWEST, "by its file as it is now", told),
            Answer("began", "by the text it began with", run.reason),
        )
        choose = Choose(question, answers, grace=Grace(bench.clock))
        return await bench.push_screen_wait(choose)

    async def _behind(self, run: RunRecord) -> bool:
        bench = self.bench
        behind = await bench.ask(lambda: bench.desk.is_behind(run.id))
        if behind is False:
            bench.say(f"{run.id} goes by the newest version already")
        return bool(behind)

    async def _pick(
        self, title: str, among: Sequence[str], first: Sequence[Item] = ()
    ) -> str | None:
        """The path of a step of the run that stands so; None when none was picked."""
        bench, run = self.bench, self.run
        found = await bench.ask(lambda: steps.of_run(bench.desk.database, run.id))
        if found is None:
            return None
        own = (s for s in found if not is_undo(s.path) and s.step != CONTEXT)
        items = [*first, *(item_of(s) for s in own if s.status in among)]
        if not items:
            bench.say(f"{run.id} has no step that this can be about")
            return None
        return await bench.push_screen_wait(Pick(title, items, COLUMNS, hint=HINT))

    async def _sure_of(self, question: str, told: Sequence[str]) -> bool:
        return await self.sure(question, "\n".join(shortened([*told])))

    async def _line(
        self, title: str, hint: str, *, required: bool = True
    ) -> str | None:
        line = Line(title, hint=hint, required=required)
        said = await self.bench.push_screen_wait(line)
        return None if said is None else said.text


def item_of(step: StepRecord) -> Item:
    state = mark_of(step.status).text()
    return Item(step.path, (placed(step.path), state, step.summary), step.path)


def undone(each: Undoing) -> str:
    """One line of what a roll back would do."""
    from engine.preview import how  # it reads templates: not at first paint

    return f"{each.path}  {each.standing}  {how(each)}"
