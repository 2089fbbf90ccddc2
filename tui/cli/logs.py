"""`weir logs`: what the steps of a run wrote, as far as it is or as it comes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator

import click
from msgspec.structs import replace

from engine.machine.state import RUN_ENDED, StepStatus
from store import approvals, runs, steps
from store import logs as stored
from store.changes import changes
from store.database import Database
from store.records import LogRecord
from tui.cli import out
from tui.cli.known import RUN, STEP
from tui.cli.reach import Reach, pass_looking
from tui.cli.steps import find_step
from tui.text import show, spelt
from tui.words.times import clock

PAGE = 1000


Source = tuple[str, int, str]  # the path, the attempt and the stream


class Printer:
    """Prints pieces of log so that a line which comes in parts stays one line.

    One that comes alone is seen as it grows; of several at once whole lines are.
    """

    def __init__(self, raw: bool = False) -> None:
        self.raw = raw  # each byte is told, as `spelt` does
        self.unfinished: Source | None = None
        self.waiting: dict[Source, LogRecord] = {}  # the beginning of a line of each

    def print(self, piece: LogRecord) -> None:
        source = (piece.path, piece.attempt, piece.stream)
        if before := self.waiting.pop(source, None):
            piece = replace(piece, text=before.text + piece.text, exact=None)
        alone = self.unfinished in (None, source)
        if piece.open and not self.raw and (self.waiting or not alone):
            piece, begun = cut(piece)
            if begun.text:
                self.waiting[source] = begun
            if not piece.text:
                return
        if not alone:
            self.finish()
        if self.unfinished is None:
            click.echo(prefix(piece), nl=False)
        first, *rest = self.said(piece).split("\n")
        click.echo(show(first), nl=False)
        for each in rest:
            click.echo(f"\n{prefix(piece)}{show(each)}", nl=False)
        self.unfinished = source
        if not piece.open:
            self.finish()
        sys.stdout.flush()

    def said(self, piece: LogRecord) -> str:
        if self.raw:
            return spelt(piece.written)
        # What ends with its line has no empty one after it.
        return piece.text if piece.open else piece.text.removesuffix("\n")

    def finish(self) -> None:
        """End the line that is being printed, if there is one."""
        if self.unfinished is not None:
            self.unfinished = None
            click.echo()

    def release(self, path: str | None = None) -> None:
        """Print what a step has begun a line with; every step, where none is named."""
        meant = [s for s in self.waiting if path in (None, s[0])]
        for source in sorted(meant, key=lambda s: s != self.unfinished):
            self.print(replace(self.waiting.pop(source), open=False))
        self.finish()


def cut(piece: LogRecord) -> tuple[LogRecord, LogRecord]:
    """The whole lines of a piece, and the line that it begins."""
    whole, end, rest = piece.text.rpartition("\n")
    lines = replace(piece, text=whole + end, open=False, exact=None)
    return lines, replace(piece, text=rest, exact=None)


def prefix(piece: LogRecord) -> str:
    where = out.paint(out.one_line(piece.path), "cyan")
    stream = "" if piece.stream == "out" else f" {piece.stream}"
    return f"{clock(piece.at)}  {where}{stream} | "


@click.command()
@click.argument("run_id", type=RUN)
@click.option("--step", "name", type=STEP, help="Only what this step wrote.")
@click.option("-f", "--follow", is_flag=True, help="Go on until the run has ended.")
@click.option("--raw", is_flag=True, help=r"Every byte as it was written: \x1b, \r.")
@out.json_option
@pass_looking
def logs(
    reach: Reach, run_id: str, name: str | None, follow: bool, raw: bool, as_json: bool
) -> None:
    """Print the log of a run. With -f and --json, one line of JSON for each piece.

    In JSON, `exact` is in base64 what was written, where `text` doesn't say it.
    """
    database = reach.database()
    run = reach.run_looked_at(run_id)
    path = find_step(steps.of_run(database, run), name).path if name else None
    if follow:
        waits = Waits(reach, database, run)
        printer = None if as_json else Printer(raw)
        asyncio.run(follow_log(database, run, path, waits, printer))
    elif as_json:
        out.document(list(pieces(database, run, path)))
    else:
        print_pieces(Printer(raw), pieces(database, run, path))


def print_pieces(printer: Printer, found: Iterable[LogRecord]) -> None:
    for piece in found:
        printer.print(piece)
    printer.release()


def pieces(
    database: Database, run: str, path: str | None, after: int = 0
) -> Iterable[LogRecord]:
    """All pieces written after one of that id, a page at a time."""
    while page := stored.page(database, run, after=after, limit=PAGE, path=path):
        yield from page
        after = page[-1].id


class Waits:
    """Tells of what a run waits for a person with: each once, and what to type."""

    def __init__(self, reach: Reach, database: Database, run: str) -> None:
        self.reach = reach
        self.database = database
        self.run = run
        self.told: set[str] = set()

    def news(self) -> Iterator[str]:
        for gate in approvals.of_run(self.database, self.run):
            if gate.status == "pending" and self.is_new(gate.id):
                words = self.reach.command(f"approve {gate.id}")
                yield f"waits for a person: {out.one_line(gate.title)}; {words}"
        for step in steps.of_run(self.database, self.run):
            unsure = step.status == StepStatus.INTERRUPTED
            if unsure and self.is_new(f"{step.path} {step.attempt}"):
                words = self.reach.command(f"why {self.run}")
                yield f"{out.one_line(step.path)} may or may not have happened; {words}"

    def is_new(self, key: str) -> bool:
        new = key not in self.told
        self.told.add(key)
        return new


async def follow_log(
    database: Database,
    run: str,
    path: str | None,
    waits: Waits,
    printer: Printer | None,
) -> None:
    """Until the run has ended; as JSON without a printer."""
    after = 0
    async for _ in changes(database):
        # Read before the pieces: what an ended run wrote is all there by then.
        record = runs.get(database, run)
        for piece in pieces(database, run, path, after):
            after = piece.id
            printer.print(piece) if printer else out.item(piece)
        if record is None or record.status in RUN_ENDED:
            break
        for line in waits.news():
            if printer:
                printer.release()
            out.line(line, err=True)
    if printer:
        printer.release()
