"""A workbench on a real workspace, filled through the engine as a runner would."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from textual.pilot import Pilot

from engine.definition.compiled import FORMAT
from engine.definition.parse import parse
from engine.desk import Desk
from engine.handle import Engine
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
from engine.trust import Trust
from store.records import LogRecord, ProblemRecord, VersionRecord
from store.scans import Found, record_scan
from tests.tui.dump import dump
from tui.actions import ACTIONS
from tui.app import Workbench
from tui.keymap import Keymap, default_keymap
from tui.personal import Personal
from tui.screens.together import Together
from tui.themes import USUAL

SHIP = """\
workflow: ship
title: Ship a version
inputs:
  version: {type: string, description: What to call it}
  channel: {enum: [stable, beta], default: stable}
  copies: {type: integer, default: 1, minimum: 1}
steps:
  - id: draft
    set: {text: hello}
  - id: ask
    approval:
      title: Ship it to everyone?
      show: [outputs.draft]
      choices: [approve, rework, reject]
      reasons: {short: Make it shorter., tone: Warmer.}
    route:
      - {choice: rework, to: draft}
      - {choice: reject, to: end}
      - {choice: approve, to: send}
  - id: send
    set: {sent: true}
"""
RISKY = """\
workflow: risky
steps:
  - id: draft
    set: {text: hello}
  - id: ask
    approval:
      title: Delete the production database?
      show: [outputs.draft]
      risk: high
"""
FORMED = """\
workflow: formed
steps:
  - id: ask
    approval:
      title: How much do we give back?
      form:
        amount: {type: number, minimum: 1, maximum: 50}
        note: {type: string, required: false}
"""
WHO = Actor("ana", via="runner")
AT = 1_790_000_000.0
LOOKS = 400


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, at: float = 100.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += seconds


class Room:
    """A workspace to look at, and the hands that fill it."""

    def __init__(self, root: Path, *texts: str) -> None:
        root.mkdir(parents=True, exist_ok=True)
        (root / "weir.toml").write_text('name = "billing"\nprovider = "mock"\n')
        (root / "workflows").mkdir(exist_ok=True)
        settings = {"weir.toml": (root / "weir.toml").read_bytes()}
        Trust.open().trust_texts(root, settings)
        self.root = root
        self.desk = Desk.open(root, via="workbench")
        self.desk.wakes = False
        self.engine: Engine = self.desk.engine
        self.versions: dict[str, str] = {}
        self.save(*(texts or (SHIP, RISKY, FORMED)))

    def save(self, *texts: str) -> None:
        found = [self._found(text) for text in texts]
        record_scan(self.desk.database, found, complete=False, now=AT)

    def _found(self, text: str) -> Found:
        name = text.split("\n")[0].removeprefix("workflow: ")
        path = f"workflows/{name}.yaml"
        (self.root / path).write_text(text)
        parsed = parse(text, path)
        assert parsed.definition is not None, [str(p) for p in parsed.problems]
        sha = hashlib.sha256(text.encode()).hexdigest()
        self.versions[name] = sha
        version = VersionRecord(
            sha=sha,
            kind="workflow",
            name=name,
            text=text,
            compiled=msgspec.json.encode(parsed.definition),
            format=FORMAT,
            created_at=AT,
        )
        title = parsed.definition.title
        return Found(
            path=path, kind="workflow", name=name, title=title, version=version
        )

    def break_file(self, name: str, *problems: ProblemRecord) -> None:
        path = f"workflows/{name}.yaml"
        found = Found(path=path, kind="workflow", name=name, problems=problems)
        record_scan(self.desk.database, [found], complete=False, now=AT)

    def break_nameless(self, path: str, *problems: ProblemRecord) -> None:
        found = Found(path=path, problems=problems)
        record_scan(self.desk.database, [found], complete=False, now=AT)

    def lose(self, path: str) -> None:
        record_scan(self.desk.database, [], complete=False, now=AT, gone=[path])

    def trust(self) -> None:
        """Let what was saved here run. WEIR_STATE says where that is kept."""
        files = sorted((self.root / "workflows").glob("*.yaml"))
        texts = {f"workflows/{file.name}": file.read_bytes() for file in files}
        texts["weir.toml"] = (self.root / "weir.toml").read_bytes()
        Trust.open().trust_texts(self.root, texts)

    def start(self, name: str = "ship", **inputs: Json) -> str:
        run = new_id("r")
        command = c.StartRun(run, inputs, self.versions[name], {}, WHO, "", "mock")
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

    def lack(self, run: str, path: str, *names: str) -> RunState:
        """Take a step, and let it wait for values that a person has to give."""
        attempt = self.take(run, path).steps[path].attempt
        wait = c.BeginWait(path, attempt, "w1", None, ValuesAwaited(names))
        return self.engine.handle(run, wait)

    def ask(self, run: str, text: str = "", path: str = "ask") -> str:
        """Open the gate at `path`, showing `text` as the draft; the approval's id."""
        state = self.take(run, path)
        gate = self.engine.plan_of(state).steps[state.steps[path].step].do
        shown = ()
        if text:
            digest = hashlib.sha256(text.encode()).hexdigest()
            shown = (Shown("outputs.draft", text, digest, "json"),)
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
        records = [
            LogRecord(
                run=run,
                path=path,
                attempt=1,
                at=AT,
                stream=stream,
                text=text,
                open=open_,
            )
            for stream, text, open_ in pieces
        ]
        self.engine.log(records).result()

    def statuses(self, *approvals: str) -> list[str]:
        return [self.desk.approval(each).status for each in approvals]

    def decided(self, approval: str) -> list[str]:
        """The choices that the history holds for an approval."""
        record = self.desk.approval(approval)
        return [d["choice"] for d in msgspec.json.decode(record.decisions)]


class Seat:
    """Someone at the workbench: presses keys, waits for a truth, reads the screen."""

    def __init__(
        self, room: Room, app: Workbench, pilot: Pilot[int], clock: Clock
    ) -> None:
        self.room, self.app, self.pilot, self.clock = room, app, pilot, clock

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, true: Callable[[], object], what: str = "") -> None:
        """Wait for a condition; give up after so many looks, each of 10 ms or more."""
        for _ in range(LOOKS):
            await self.pilot.pause(0.01)
            if true():
                return
        raise AssertionError(f"never came true: {what}\n{self.screen}")

    async def until_read(self) -> None:
        """Wait until the store was read once, and what was read is shown."""
        await self.until(lambda: self.app.reader._position >= 0, "the store was read")
        await self.pilot.pause()

    @property
    def screen(self) -> str:
        return dump(self.app)

    @property
    def lines(self) -> list[str]:
        return self.screen.split("\n")

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.screen, f"{text!r} on the screen")

    def at_work(self, *groups: str) -> bool:
        """Whether a worker of these groups has not ended yet."""
        return any(w.group in groups and not w.is_finished for w in self.app.workers)

    async def to_approvals(self) -> None:
        """Go to the approvals and look at the chosen one for long enough."""
        await self.press("2")
        await self.until(lambda: self.app.work.approvals.gate is not None)
        await self.until(lambda: self.app.work.approvals.document.end_seen)
        self.clock.forward(1)

    async def reads_to_the_end(self) -> None:
        """Page through what several gates show together, and look for long enough."""
        await self.until(lambda: isinstance(self.app.screen, Together))
        await self.sees("── end of")
        await self.press(*["space"] * 10)
        self.clock.forward(1)

    def undone(self, place: str) -> list[str]:
        """The actions that apply at a place, and that its screen doesn't do."""
        acts = self.app.keyed.acts()
        return [a.id for a in ACTIONS if a.applies(place) and a.id not in acts]

    def said(self) -> str:
        """The newest toast."""
        return " ".join(n.message for n in self.app._notifications)


@asynccontextmanager
async def sit_down(
    room: Room,
    size: tuple[int, int] = (80, 24),
    *,
    keymap: Keymap | None = None,
    theme: str = USUAL,
    window: float = 0.0,
    toasts: bool = False,
    **given: object,
) -> AsyncIterator[Seat]:
    """Open the workbench on a room, with a clock that stands still.

    What is decided is sent at once, unless a `window` is given. What is said is kept,
    and shown only with `toasts`.
    """
    clock = Clock()
    app = Workbench(
        room.desk,
        Personal(keymap or default_keymap(), theme, undo=window),
        clock=clock,
        now=room.engine.clock,
        keeps_up=False,
        **given,  # type: ignore[arg-type]
    )
    async with app.run_test(size=size, notifications=toasts) as pilot:
        seat = Seat(room, app, pilot, clock)
        await seat.until_read()
        yield seat
