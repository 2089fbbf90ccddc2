"""`weir trace`: why it came to this, from a step's newest event back to the start.

A run that a step of another has started is gone on from there, to the run at the top.
What a model was asked and what it answered stand with the events they belong to.
"""

from __future__ import annotations

from typing import Any

import click
from msgspec import Struct

from engine.errors import NotFound
from engine.machine import events as e
from engine.machine.events import Entry
from engine.past import history
from store import logs, steps
from store.database import Database
from tui.cli import out
from tui.cli.known import RUN, STEP
from tui.cli.reach import Reach, pass_looking
from tui.cli.steps import find_step
from tui.cli.telling import tell
from tui.words.times import clock

MOST_PIECES = 10_000  # of the log of one step


class Cause(Struct, frozen=True):
    """An event of the chain, and the run in whose history it stands."""

    run: str
    entry: Entry


@click.command()
@click.argument("run_id", type=RUN)
@click.argument("step", type=STEP, required=False)
@out.json_option
@pass_looking
def trace(reach: Reach, run_id: str, step: str | None, as_json: bool) -> None:
    """Walk from the newest event of a STEP, or of the run, back to its root.

    From a run that another has started it goes on to the start of the run at the top.
    """
    run = reach.run_looked_at(run_id)
    entries = history(reach.database(), run)
    if not entries:
        raise NotFound(f"run {run} has no history; `weir doctor` says what is lost")
    last = entries[-1]
    if step is not None:
        path = find_step(steps.of_run(reach.database(), run), step).path
        last = [x for x in entries if getattr(x.event, "path", None) == path][-1]
    chain = [Cause(run, entry) for entry in causes(entries, last)]
    chain += above(reach.database(), chain[-1], frozenset())
    if as_json:
        out.document([as_object(reach.database(), cause) for cause in chain])
        return
    for cause in chain:
        if cause.run != run:
            run = cause.run
            out.line(f"run {run} had started it:")
        show(reach.database(), cause)


def as_object(database: Database, cause: Cause) -> dict[str, Any]:
    said = words_of(database, cause.run, cause.entry)
    return {"run": cause.run, **out.fields(cause.entry), "said": said}


def show(database: Database, cause: Cause) -> None:
    entry = cause.entry
    out.line(f"{entry.seq:>5}  {clock(entry.at)}  {tell(entry.event)}")
    if said := words_of(database, cause.run, entry):
        out.block(said, "       | ")


def above(database: Database, first: Cause, below: frozenset[str]) -> list[Cause]:
    """From the first event of a run on through the runs that it is inside of.

    A run above that is not here any more is said, and is where this ends. `below`: a
    file that runs came from may say that they have begun each other.
    """
    parent = getattr(first.entry.event, "parent", None)
    if parent is None or first.run in below:
        return []
    entries = history(database, parent.run)
    begin = next((x for x in entries if begins(x.event, first.run)), None)
    if begin is None:
        out.line(f"run {parent.run}, which had started it, is not here", err=True)
        return []
    chain = [Cause(parent.run, entry) for entry in causes(entries, begin)]
    return chain + above(database, chain[-1], below | {first.run})


def begins(event: e.AnyEvent, run: str) -> bool:
    return isinstance(event, e.ChildStarted) and event.run == run


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
