"""Following a run: its events and its log as they come, until it ends or waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from engine.halting import Halt, halt_of
from engine.machine.events import AnyEvent, Entry, RunFailed, StepFailed, StepReady
from engine.machine.state import RunStatus
from engine.past import history
from store.changes import changes
from store.database import Database
from store.records import LogRecord
from tui.cli import out
from tui.cli.logs import Printer, pieces
from tui.cli.telling import tell
from tui.words.times import clock

# What a person who follows has no need of: `weir logs` and `weir trace` tell it.
QUIET = (StepReady,)
PROMPT = "prompt"
WAITS = 3
# The exit code for each end of a run; any other end is a failure.
ENDS = {RunStatus.SUCCEEDED: 0, RunStatus.CANCELLED: 4}
T = TypeVar("T")
LOOK = 5.0  # seconds between two looks whether a runner is awake


def exit_code(standing: Halt) -> int:
    """What a command that has waited for a run says to the shell of where it stands."""
    return WAITS if standing.waits else ENDS.get(RunStatus(standing.run.status), 1)


class Follower:
    """Prints what is new about a run, each piece once, in the order of its time."""

    def __init__(self, database: Database, run: str, as_json: bool) -> None:
        self.database = database
        self.run = run
        self.as_json = as_json
        self.seq = 0
        self.piece = 0
        self.printer = Printer()
        self.failure = ""  # the newest that was told

    def tell_news(self) -> None:
        entries = history(self.database, self.run, self.seq)
        written = list(pieces(self.database, self.run, None, self.piece))
        self.seq = entries[-1].seq if entries else self.seq
        self.piece = written[-1].id if written else self.piece
        # What was written in the moment of an event came before it was told.
        everything: list[Entry | LogRecord] = [*written, *entries]
        for new in sorted(everything, key=lambda new: new.at):
            self.show(new)

    def show(self, new: Entry | LogRecord) -> None:
        if self.as_json:
            kind = "event" if isinstance(new, Entry) else "log"
            out.item({kind: out.fields(new) if isinstance(new, Entry) else new})
        elif isinstance(new, Entry) and not isinstance(new.event, QUIET):
            self.printer.release(getattr(new.event, "path", ""))
            out.line(f"{clock(new.at)}  {tell(self.once(new.event))}")
        elif isinstance(new, LogRecord) and not told_by_an_event(new):
            self.printer.print(new)

    def once(self, event: AnyEvent) -> AnyEvent:
        """The event, without the words of a failure that the line before has told."""
        if isinstance(event, StepFailed):
            self.failure = f"{event.path}: {event.failure.message}"
        if isinstance(event, RunFailed) and event.reason == self.failure:
            return replace(event, reason="the run has failed")
        return event


def told_by_an_event(piece: LogRecord) -> bool:
    """Whether an event beside it says the same, or it is a prompt, which is long."""
    failed = piece.stream == "info" and piece.text.startswith("failed: ")
    return failed or piece.stream == PROMPT


async def follow(
    database: Database, run: str, wake: Callable[[], None], *, as_json: bool
) -> Halt:
    """Print a run until it has ended or waits for a person, and say where it stands."""
    follower = Follower(database, run, as_json)

    def told() -> Halt | None:
        # Where it stands is read first: all that led there is then told.
        standing = halt_of(database, run)
        follower.tell_news()
        return standing if standing.stopped else None

    try:
        return await until(database, told, wake)
    finally:
        follower.printer.release()


async def until(
    database: Database, there: Callable[[], T | None], wake: Callable[[], None]
) -> T:
    """What is there once it is, with a runner kept awake meanwhile."""
    watching = asyncio.create_task(keep_awake(wake))
    try:
        async for _ in changes(database):
            if (found := there()) is not None:
                return found
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    raise AssertionError("changes come without an end")


async def keep_awake(wake: Callable[[], None]) -> None:
    """A runner that was killed leaves a run standing; whoever follows it wakes one."""
    while True:
        await asyncio.sleep(LOOK)
        await asyncio.to_thread(wake)
