"""What is done to the chosen run, the same from Runs and from Log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.machine.state import RunStatus
from store import runs
from tui.panes.on_run import OnRun
from tui.panes.pane import Act
from tui.panes.unstuck import fill, resolve
from tui.teaching import in_keys

if TYPE_CHECKING:
    from tui.app import Workbench


class RunActs(OnRun):
    def by_id(self) -> Mapping[str, Act]:
        return {
            "runs.start": self.start,
            "runs.again": self.again,
            "runs.pause": self.pause,
            "runs.stop": self.stop,
            "runs.why": self.why,
            "runs.resolve": self.resolve,
            "runs.fill": self.fill,
            "runs.inside": self.inside,
            "runs.compare": self.compare,
        }

    async def start(self) -> None:
        await self.bench.start_run()

    async def again(self) -> None:
        from tui.screens.start import start_again  # not for the first paint

        await start_again(self.bench, self.run)

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
        then = f"{run.id} is stopped"
        if run.status == RunStatus.ROLLING_BACK:
            question = f"End what is being undone in {run.id} ({run.workflow})?"
            told = "You are asked then what became of it; what is undone stays so."
            then = f"{run.id} undoes nothing now, and asks"
        if await self.sure(question, told):
            await self.do(lambda: bench.desk.cancel(run.id), then)

    async def why(self) -> None:
        run, desk = self.run, self.bench.desk
        answer = await self.bench.ask(lambda: desk.why(run.id))
        if answer is not None:
            self.pane.say(in_keys(answer, self.bench.keymap, self.pane.pane))

    async def resolve(self) -> None:
        await resolve(self.bench, self.stuck(unsure=True))

    async def fill(self) -> None:
        await fill(self.bench, self.stuck(unsure=False))

    def stuck(self, *, unsure: bool) -> str:
        """The run, or one inside of it: whichever has a step that can't go on so."""
        stuck = self.bench.work.approvals.stuck_by_run.get(self.run.id, [])
        runs = {row.run for row in stuck if row.unsure is unsure}
        return self.run.id if self.run.id in runs or not runs else min(runs)


async def look_inside(bench: Workbench, run_id: str) -> None:
    """The run of what is chosen, which need not be among the runs that are shown."""
    from tui.screens.run import RunScreen  # not for the first paint

    run = await bench.ask(lambda: runs.get(bench.desk.database, run_id))
    if run is None:
        bench.say(f"{run_id} is kept no more")
    else:
        bench.push_screen(RunScreen(run))
