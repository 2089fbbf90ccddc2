"""What is done to the chosen run, the same from Runs and from Log."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from engine.machine.state import RunStatus
from tui.panes.on_run import OnRun
from tui.panes.pane import Act
from tui.screens.choose import Answer, Choose
from tui.screens.grace import Grace
from tui.screens.line import Line

if TYPE_CHECKING:
    from engine.answers import How, Unsure

RESOLUTIONS: dict[How, Answer] = {
    "again": Answer("again", "do it again", "it has not happened, or may happen twice"),
    "done": Answer("done", "it is done", "the run goes on from it"),
    "fail": Answer("fail", "let it fail", "it has not happened and shall not"),
    "skip": Answer("skip", "go on without it", "as if it had left nothing"),
}


class RunActs(OnRun):
    def by_id(self) -> Mapping[str, Act]:
        return {
            "runs.start": self.start,
            "runs.pause": self.pause,
            "runs.stop": self.stop,
            "runs.retry": self.retry,
            "runs.why": self.why,
            "runs.resolve": self.resolve,
            "runs.fill": self.fill,
            "runs.inside": self.inside,
            "runs.compare": self.compare,
        }

    async def start(self) -> None:
        await self.bench.start_run()

    def inside(self) -> None:
        from tui.screens.run import RunScreen  # not for the first paint

        self.bench.push_screen(RunScreen(self.run))

    async def compare(self) -> None:
        """With the marked run; without one, a fork with the run it comes from."""
        from engine.differing.compared import origin_of  # not for the first paint
        from tui.screens.compare import CompareScreen

        run, bench = self.run, self.bench
        other: str | None = bench.work.runs.marked_run
        if other in ("", run.id):
            engine = bench.desk.engine
            other = await bench.ask(lambda: origin_of(engine, run.id))
        if other is None:
            return
        if other:
            bench.push_screen(CompareScreen(other, run))
        else:
            key = bench.keymap.first("runs.mark")
            bench.say(
                f"{run.id} is no fork: mark another run first, with {key} in Runs"
            )

    async def pause(self) -> None:
        run, desk = self.run, self.bench.desk
        if run.status == RunStatus.PAUSED:
            await self.do(lambda: desk.resume(run.id), f"{run.id} goes on")
        else:
            await self.do(lambda: desk.pause(run.id), f"{run.id} is paused")

    async def stop(self) -> None:
        run, bench = self.run, self.bench
        question = f"Stop {run.id} ({run.workflow}) for good?"
        told = "What has been done stays done; nothing further happens."
        if await self.sure(question, told):
            await self.do(lambda: bench.desk.cancel(run.id), f"{run.id} is stopped")

    async def retry(self) -> None:
        run, bench = self.run, self.bench
        question = f"Retry {run.id} ({run.workflow}) from the step that failed?"
        if await self.sure(question, run.reason):
            await self.do(lambda: bench.desk.retry(run.id), f"{run.id} tries again")

    async def why(self) -> None:
        run, desk = self.run, self.bench.desk
        answer = await self.bench.ask(lambda: desk.why(run.id))
        if answer is not None:
            self.pane.say(answer)

    async def resolve(self) -> None:
        """A step that may or may not have happened: the person says which."""
        run, bench = self.run, self.bench
        found = await bench.ask(lambda: bench.desk.unsure(run.id))
        if not found:
            if found is not None:
                bench.say(f"no step of {run.id} is interrupted")
            return
        step = found[0]
        question = Choose(
            f"{step.path} may or may not have happened: {step.reason}",
            [RESOLUTIONS[how] for how in step.answers],
            grace=Grace(bench.clock),
        )
        how = await bench.push_screen_wait(question)
        if how is not None:
            await self._resolved(run.id, step, how)

    async def _resolved(self, run: str, step: Unsure, how: str) -> None:
        """Ask for what the answer still needs, then say it."""
        bench, desk = self.bench, self.bench.desk
        output = None
        if how == "done" and step.output:
            output = await bench.fill_in(f"{step.path} has left", step.output)
            if output is None:
                return
        line = Line(f"{how}: {step.path}", hint="how you know, in one line")
        said = await bench.push_screen_wait(line)
        if said is None:
            return
        if how == "skip":
            work = partial(desk.skip, run, step.path, said.text)
        else:
            act = partial(desk.mark, run, step.path, how=how, text=True)
            work = partial(act, output=output, comment=said.text)
        await self.do(work, f"{step.path}: {how}")

    async def fill(self) -> None:
        """Values that the run waits for: the person gives them."""
        from engine.definition.typed import Field  # not for the first paint

        run, bench = self.run, self.bench
        names = await bench.ask(lambda: bench.desk.lacks(run.id))
        if not names:
            if names is not None:
                bench.say(f"{run.id} lacks nothing")
            return
        about = "JSON, or a text; without one it waits on"
        fields = {n: Field(required=False, description=about) for n in names}
        given = await bench.fill_in(f"{run.id} waits for", fields)
        values = {n: value for n, value in (given or {}).items() if value}
        if values:
            work = partial(bench.desk.fill, run.id, values)
            await self.do(work, f"{run.id} was given {', '.join(values)}")
