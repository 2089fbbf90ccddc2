"""A workspace to look at, filled through the engine as a runner would."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import (
    Actor,
    Failure,
    Json,
    Request,
    RunState,
    Shown,
    ValuesAwaited,
)
from engine.steps.approval import digest_of
from store.records import LogRecord
from tests.tui.folder import AT, Folder

NONE: Mapping[str, str] = {}  # of what it uses
WHO = Actor("ana", via="runner")


def piece(
    run: str, stream: str, text: str, open_: bool = False, path: str = "draft"
) -> LogRecord:
    return LogRecord(
        run=run, path=path, attempt=1, at=AT, stream=stream, text=text, open=open_
    )


class Room(Folder):
    """A workspace, and the hands that fill it with runs."""

    def start(
        self, name: str = "ship", pins: Mapping[str, str] = NONE, **inputs: Json
    ) -> str:
        run, version = new_id("r"), self.versions[name]
        command = c.StartRun(run, inputs, version, dict(pins), WHO, "", "mock")
        self.engine.handle(run, command)
        return run

    def take(self, run: str, path: str) -> RunState:
        return self.engine.handle(run, c.StartAttempt(path, "w1"))

    def succeed(self, run: str, path: str, output: Json) -> RunState:
        attempt = self.take(run, path).steps[path].attempt
        return self.engine.handle(run, c.ReportSuccess(path, attempt, "w1", output))

    def fail(self, run: str, path: str, message: str) -> RunState:
        attempt = self.take(run, path).steps[path].attempt
        failure = Failure("exit", message, retryable=False)
        return self.engine.handle(run, c.ReportFailure(path, attempt, "w1", failure))

    def interrupt(self, run: str, path: str) -> RunState:
        """Take a step, and let the runner that did be gone."""
        attempt = self.take(run, path).steps[path].attempt
        lost = c.ReportLost(path, attempt, "w1", "its runner is gone")
        return self.engine.handle(run, lost)

    def lack(
        self,
        run: str,
        path: str,
        *names: str,
        why: str = "",
        unfit: dict[str, str] | None = None,
    ) -> RunState:
        """Take a step, and let it wait for values that a person has to give."""
        attempt = self.take(run, path).steps[path].attempt
        awaited = ValuesAwaited(names, why, unfit=unfit or {})
        wait = c.BeginWait(path, attempt, "w1", None, awaited)
        return self.engine.handle(run, wait)

    def ask(
        self,
        run: str,
        text: str = "",
        path: str = "ask",
        shown_as: tuple[str, str] = ("outputs.draft", "json"),
    ) -> str:
        """Open the gate at `path`, showing `text` as the draft; the approval's id.

        `shown_as` is its name, and its form.
        """
        state = self.take(run, path)
        gate = self.engine.plan_of(state).steps[state.steps[path].step].do
        shown = ()
        if text:
            digest = hashlib.sha256(text.encode()).hexdigest()
            name, form = shown_as
            shown = (Shown(name, text, digest, form),)
        request = Request(
            title=gate.title,
            shown=shown,
            choices=tuple(choice.name for choice in gate.choices),
            then={choice.name: "the run goes on" for choice in gate.choices},
            risk=gate.risk,
        )
        approval = new_id("a")
        digest = digest_of(run, path, request)
        attempt = state.steps[path].attempt
        self.engine.handle(
            run, c.RequestApproval(path, attempt, "w1", approval, request, digest)
        )
        return approval

    def asking(self, name: str = "ship", text: str = '{"text": "hello"}') -> str:
        """A run of `name` that has come to its gate; the approval's id."""
        run = self.start(name)
        if name == "formed":
            return self.ask(run)
        self.succeed(run, "draft", {"text": "hello"})
        return self.ask(run, text)

    def log(
        self, run: str, *pieces: tuple[str, str, bool], path: str = "draft"
    ) -> None:
        """Pieces of log: stream, text, whether the next one continues the line."""
        records = [piece(run, *each, path=path) for each in pieces]
        self.engine.log(records).result()

    def statuses(self, *approvals: str) -> list[str]:
        return [self.desk.approval(each).status for each in approvals]

    def decided(self, approval: str) -> list[str]:
        """The choices that the history holds for an approval."""
        record = self.desk.approval(approval)
        return [d["choice"] for d in msgspec.json.decode(record.decisions)]
