"""A desk that writes down what is asked of it, as the command that does the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from engine.desk import Desk
from engine.errors import WeirError
from engine.halting import halt_of
from engine.machine import commands as c
from engine.machine.state import RUN_ENDED, RunState
from engine.snoozing import Snooze
from store.errors import StoreError
from store.filters import FilterRecord
from store.records import ProjectRecord, ScheduleRecord
from tui.scripting.acts import option, words_of
from tui.scripting.gates import answered, snoozed
from tui.scripting.script import Script
from tui.scripting.words import Word


class ScriptingDesk(Desk):
    """What is done is a line of the script, what is refused a comment of it."""

    script: Script

    def start(self, workflow: str, *given: Any, **named: Any) -> str:
        try:
            return super().start(workflow, *given, **named)
        except (WeirError, StoreError) as error:
            self.script.refused(f"weir run {workflow}", error)
            raise

    def pause_schedule(self, name: str) -> ScheduleRecord:
        with self._kept([self.script.line(["schedule", "pause", name])]):
            return super().pause_schedule(name)

    def resume_schedule(self, name: str) -> ScheduleRecord:
        with self._kept([self.script.line(["schedule", "resume", name])]):
            return super().resume_schedule(name)

    def open_project(self, name: str, title: str = "") -> ProjectRecord:
        words: list[Word] = ["project", "new", name, *option("--title", title)]
        with self._kept([self.script.line(words)]):
            return super().open_project(name, title)

    def save_filter(
        self, name: str, text: str, *, pane: str, project: str = ""
    ) -> FilterRecord:
        words: list[Word] = ["filters", "save", "--for", pane]
        words += [*option("--project", project), "--", name, text]
        with self._kept([self.script.line(words)]):
            return super().save_filter(name, text, pane=pane, project=project)

    def delete_filter(self, record: FilterRecord) -> None:
        words: list[Word] = ["filters", "delete", record.name, "--for", record.pane]
        words += option("--project", record.project)
        with self._kept([self.script.line(words)]):
            super().delete_filter(record)

    def snooze(self, waits_id: str, until: str) -> Snooze:
        with self._kept(snoozed(self, self.script, waits_id, until)):
            return super().snooze(waits_id, until)

    def rouse(self, waits_id: str) -> None:
        with self._kept(snoozed(self, self.script, waits_id, "--wake")):
            super().rouse(waits_id)

    def _act(self, run: str, command: c.Command) -> RunState:
        with self._kept([*self._lines(run, command)]):
            return super()._act(run, command)

    def _lines(self, run: str, command: c.Command) -> Iterator[str]:
        script = self.script
        if isinstance(command, c.DecideApproval | c.WithdrawApproval):
            yield from answered(self, script, command)
        elif isinstance(command, c.StartRun):
            origin = script.run(command.fork.run) if command.fork else run
            words = words_of(self.engine, command, origin, None)
            yield from script.begun(run, script.line(words))
        else:
            before = self.engine.load(run)
            if self._stands_still(before):
                # Its exit code says how the run stands, which is no reason to stop.
                yield f"{script.line(['wait', script.run(run)])} || :"
            yield script.line(words_of(self.engine, command, script.run(run), before))

    def _stands_still(self, state: RunState) -> bool:
        """Whether nothing moves in a run: a script must not come before that."""
        return state.status in RUN_ENDED or halt_of(self.database, state.id).waits

    @contextmanager
    def _kept(self, lines: list[str]) -> Iterator[None]:
        try:
            yield
        except (WeirError, StoreError) as error:
            self.script.refused(lines[-1], error)
            raise
        self.script.keep(lines)


@contextmanager
def scripting(root: Path, file: Path, *, wakes: bool) -> Iterator[ScriptingDesk]:
    """A desk whose session is kept in a file. Raises WeirError, StoreError.

    WeirError also at the end, where the file does not hold all that was done.
    """
    desk = cast("ScriptingDesk", ScriptingDesk.open(root, via="workbench"))
    try:
        desk.script = Script(file, desk.workspace, desk.who.name, desk.engine.clock)
        desk.wakes = wakes
        yield desk
        desk.script.close()
        if desk.script.lost:
            raise WeirError(desk.script.lost)
    finally:
        desk.close()
