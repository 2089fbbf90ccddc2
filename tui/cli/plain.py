"""`weir --plain`: what waits and what changes as lines, for who does not see a screen.

Nothing is drawn, nothing moves, and a status is a word. A line that is typed is a
`weir` command; it has the terminal until it ends, and news waits for it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from engine.desk import Desk
from engine.errors import WeirError
from engine.inbox import InboxItem
from engine.machine.state import RUN_ENDED, RunStatus
from store import events, runs
from store.changes import changes
from store.records import RunRecord
from tui.actions import Here
from tui.cli import out
from tui.cli.commands import SECTIONS
from tui.cli.inbox import short
from tui.commanding import OWN_TERMINAL, words_of
from tui.commanding import typed as typed_inside
from tui.words.times import ago, until

BREATH = 1.0  # seconds: what comes together is told together
EVENTS = 500  # in one look at what is new
UNENDED = [*frozenset(RunStatus) - RUN_ENDED]
LEAVE = ("quit", "exit", "q")
HELP = ("help", "?")
HINT = "Type a command, such as: approve ID, show RUN. help lists all, quit leaves."


class Teller:
    """Knows what was told, and tells the rest: runs by their status, what waits."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.database = desk.database
        self.waiting: dict[str, InboxItem] = {}
        self.statuses = runs.statuses(desk.database, UNENDED)
        self.position = events.last_position(desk.database)

    def begin(self) -> Iterator[str]:
        workspace = self.desk.workspace
        counts = runs.counts(self.database)
        told = [f"{n} {status}" for status, n in counts.items() if n]
        name = workspace.config.name or workspace.root.name
        yield f"{name}. Runs: {', '.join(told) or 'none yet'}."
        yield from self.inbox() or ["Nothing waits for you."]
        yield HINT

    def news(self) -> Iterator[str]:
        changed: dict[str, None] = {}
        while fresh := events.since(self.database, self.position, EVENTS):
            self.position = fresh[-1].position
            changed |= dict.fromkeys(event.run for event in fresh)
        for run in changed:
            record = runs.get(self.database, run)
            if record is not None and self.statuses.get(run) != record.status:
                self.statuses[run] = record.status
                yield of_run(record)
        yield from self.inbox()

    def inbox(self) -> list[str]:
        before, found = self.waiting, {item.id: item for item in self.desk.waiting()}
        shown = {key: item for key, item in found.items() if item.snoozed is None}
        self.waiting = shown
        new = [item for key, item in shown.items() if key not in before]
        over = [item for key, item in before.items() if key not in found]
        return [*map(of_item, new), *(f"{item.id} waits no more." for item in over)]


def of_run(run: RunRecord) -> str:
    why = f": {out.one_line(run.reason)}" if run.reason else ""
    return f"Run {run.id} of {out.one_line(run.workflow)} is {run.status}{why}."


def of_item(item: InboxItem) -> str:
    """What waits, in one line that begins with what matters."""
    risk = "high risk, " if item.risk == "high" else ""
    lacks = item.kind == "missing"  # as its title says, and `weir fill` tells whole
    kind = "" if lacks else f"{risk}{item.kind}: "
    deadline = f", ends {until(item.deadline)}" if item.deadline is not None else ""
    title, workflow = out.one_line(item.title), out.one_line(item.workflow)
    since = f"since {ago(item.since)}" if item.since else ""
    answer = out.one_line(short(item) if lacks else item.hint.removeprefix("weir "))
    end = "" if title.endswith((".", "?", "!")) else "."
    return (
        f"Waits for you, {kind}{title}{end} Workflow {workflow},"
        f" {since}{deadline}. Answer with: {answer}"
    )


async def converse(desk: Desk) -> None:
    """Tell, and do what is typed, until the person leaves or their input has ended."""
    teller, turn = Teller(desk), asyncio.Lock()
    tell(teller.begin())
    both = [tell_news(teller, turn), listen(desk, turn)]
    done, others = await asyncio.wait(
        map(asyncio.create_task, both), return_when=asyncio.FIRST_COMPLETED
    )
    for other in others:
        other.cancel()
    for each in done:
        each.result()


async def listen(desk: Desk, turn: asyncio.Lock) -> None:
    async for line in typed():
        if line.strip() in LEAVE:
            return
        async with turn:
            await perform(line, desk)


async def tell_news(teller: Teller, turn: asyncio.Lock) -> None:
    async for _ in changes(teller.database):
        async with turn:
            tell(await asyncio.to_thread(lambda: [*teller.news()]))
        await asyncio.sleep(BREATH)


def tell(lines: Iterator[str] | list[str]) -> None:
    for line in lines:
        out.line(line)
    sys.stdout.flush()


def help_lines() -> Iterator[str]:
    """All that can be typed here, as `weir --help` gathers it."""
    for title, entries in SECTIONS.items():
        yield f"{title}:"
        for name, entry in entries.items():
            if not entry.hidden and name not in OWN_TERMINAL:
                yield f"  {name}: {entry.help}"
    yield "help COMMAND tells more about one, quit leaves."
    yield "The word weir before a command may be left out, and so may the end of an id."


async def perform(line: str, desk: Desk) -> None:
    """Do a command in a process of its own, at this terminal: it may ask something."""
    if not line.strip():
        out.line(HINT)
        return
    if line.strip() in HELP:
        tell(help_lines())
        return
    try:
        words = words_of(line, Here())
    except WeirError as error:
        out.line(str(error))
        return
    if words[0] in HELP:
        words = [*words[1:], "--help"]
    plain = {**os.environ, **out.PLAIN}
    with interrupts_for_a_command():
        child = await asyncio.create_subprocess_exec(
            *typed_inside(desk.workspace.root, words), env=plain
        )
        await child.wait()


@contextmanager
def interrupts_for_a_command() -> Iterator[None]:
    """ctrl-c, which the terminal sends to both, ends the command and not what told."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def typed() -> AsyncIterator[str]:
    """The lines of standard input: a command that is done may read it meanwhile."""
    rest = b""
    while data := await readable():
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")
    if rest:
        yield rest.decode(errors="replace")


async def readable() -> bytes:
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    stdin = sys.stdin.fileno()
    try:
        loop.add_reader(stdin, there.set)
    except PermissionError:  # a file, or nothing: it can always be read
        return os.read(stdin, 65536)
    try:
        await there.wait()
    finally:
        loop.remove_reader(stdin)
    return os.read(stdin, 65536)
