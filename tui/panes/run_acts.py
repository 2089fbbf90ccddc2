"""What is done to the chosen run, the same from Runs and from Log."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.machine.state import RunStatus
from store.records import RunRecord
from tui.panes.pane import Act, Pane
from tui.screens.confirm import Confirm
from tui.screens.grace import Grace


class RunActs:
    """Acts on the run that `chosen` gives; without one the registry has refused."""

    def __init__(self, pane: Pane, chosen: Callable[[], RunRecord | None]) -> None:
        self.pane = pane
        self.chosen = chosen

    def by_id(self) -> Mapping[str, Act]:
        return {
            "runs.start": self.start,
            "runs.pause": self.pause,
            "runs.stop": self.stop,
            "runs.retry": self.retry,
            "runs.why": self.why,
        }

    @property
    def run(self) -> RunRecord:
        run = self.chosen()
        assert run is not None, "the registry refuses without a chosen run"
        return run

    async def start(self) -> None:
        await self.pane.bench.start_run()

    async def pause(self) -> None:
        run, desk = self.run, self.pane.bench.desk
        if run.status == RunStatus.PAUSED:
            await self._ask(lambda: desk.resume(run.id), f"{run.id} goes on")
        else:
            await self._ask(lambda: desk.pause(run.id), f"{run.id} is paused")

    async def stop(self) -> None:
        run, bench = self.run, self.pane.bench
        question = Confirm(
            f"Stop {run.id} ({run.workflow}) for good?",
            "What has been done stays done; nothing further happens.",
            grace=Grace(bench.clock),
        )
        if await bench.push_screen_wait(question):
            await self._ask(lambda: bench.desk.cancel(run.id), f"{run.id} is stopped")

    async def retry(self) -> None:
        run, bench = self.run, self.pane.bench
        question = Confirm(
            f"Retry {run.id} ({run.workflow}) from the step that failed?",
            run.reason,
            grace=Grace(bench.clock),
        )
        if await bench.push_screen_wait(question):
            await self._ask(lambda: bench.desk.retry(run.id), f"{run.id} tries again")

    async def why(self) -> None:
        run, desk = self.run, self.pane.bench.desk
        answer = await self.pane.bench.ask(lambda: desk.why(run.id))
        if answer is not None:
            self.pane.say(answer)

    async def _ask(self, work: Callable[[], object], done: str) -> None:
        bench = self.pane.bench
        if await bench.asked(work):
            bench.say(done)
