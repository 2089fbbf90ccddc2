"""`weir inbox`: all that waits for a person, and what to type for each."""

from __future__ import annotations

import click
from msgspec.structs import replace

from engine.inbox import InboxItem
from engine.spans import age
from tui.cli import out
from tui.cli.reach import Reach, pass_looking
from tui.cli.when import now, until

# What gives room on a narrow terminal, the least needed first; the answer never does.
YIELDS = ("WORKFLOW", "TITLE", "DEADLINE", "SINCE")
HEADERS = ("WHAT", "SINCE", "DEADLINE", "WORKFLOW", "ANSWER WITH", "TITLE")


@click.command()
@out.json_option
@pass_looking
def inbox(reach: Reach, as_json: bool) -> None:
    """List what waits for a person, by risk, then age."""
    items = reach.desk().inbox()
    if as_json:
        shown = [replace(item, hint=answer(reach, item)) for item in items]
        out.document([out.fields(item) for item in shown])
        return
    if not items:
        out.line(reach.nothing("nothing waits for a person"))
        return
    at = now()
    rows = [
        [
            item.kind + (" (high risk)" if item.risk == "high" else ""),
            age(at - item.since),
            "" if item.deadline is None else until(item.deadline),
            out.one_line(item.workflow),
            out.one_line(answer(reach, item)),
            out.one_line(item.title),
        ]
        for item in items
    ]
    out.table(HEADERS, rows, YIELDS)


def answer(reach: Reach, item: InboxItem) -> str:
    """The command that answers it, for the workspace it was asked about."""
    return reach.command(item.hint.removeprefix("weir "))
