"""`weir trace`: why it came to this, from a step's newest event back to the start.

What a model was asked and what it answered stand with the events they belong to.
"""

from __future__ import annotations

import click

from engine.errors import NotFound
from engine.machine import events as e
from engine.machine.events import Entry
from store import logs, steps
from store.database import Database
from tui.cli import out
from tui.cli.history import find_step, history
from tui.cli.reach import Reach, pass_reach
from tui.cli.telling import tell
from tui.cli.when import clock

MOST_PIECES = 10_000  # of the log of one step


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("step", required=False)
@out.json_option
@pass_reach
def trace(reach: Reach, run_id: str, step: str | None, as_json: bool) -> None:
    """Walk from the newest event of a STEP, or of the run, back to its root."""
    run = reach.run_id(run_id)
    entries = history(reach.database(), run)
    if not entries:
        raise NotFound(f"run {run} has no history; `weir doctor` says what is lost")
    last = entries[-1]
    if step is not None:
        path = find_step(steps.of_run(reach.database(), run), step).path
        last = [x for x in entries if getattr(x.event, "path", None) == path][-1]
    chain = causes(entries, last)
    said = {entry.seq: words_of(reach.database(), run, entry) for entry in chain}
    if as_json:
        out.document([{**out.fields(en), "said": said[en.seq]} for en in chain])
        return
    for entry in chain:
        out.line(f"{entry.seq:>5}  {clock(entry.at)}  {tell(entry.event)}")
        if said[entry.seq]:
            out.block(said[entry.seq], "       | ")


def words_of(database: Database, run: str, entry: Entry) -> str:
    """The prompt an attempt began with, or the answer it ended with; else nothing."""
    match entry.event:
        case e.AttemptStarted(path, attempt):
            stream = "prompt"
        case e.StepSucceeded(path, attempt):
            stream = "llm"
        case _:
            return ""
    pieces = logs.page(database, run, path=path, limit=MOST_PIECES)
    mine = [p for p in pieces if (p.attempt, p.stream) == (attempt, stream)]
    return "".join(p.text + ("" if p.open else "\n") for p in mine).strip()


def causes(entries: list[Entry], last: Entry) -> list[Entry]:
    """`last`, what it followed from, and so on to the event that has no cause."""
    by_seq = {entry.seq: entry for entry in entries}
    chain = [last]
    # A cause is always older; anything else would be a damaged history.
    while (cause := by_seq.get(chain[-1].cause)) and cause.seq < chain[-1].seq:
        chain.append(cause)
    return chain
