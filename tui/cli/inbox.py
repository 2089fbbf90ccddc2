"""`weir inbox`: all that waits for a person, and what to type for each."""

from __future__ import annotations

from collections.abc import Sequence

import click
from msgspec.structs import replace

from engine.counted import counted
from engine.inbox import ORDERS, InboxItem
from engine.spans import age, moment
from store import approvals, runs
from tui.cli import out
from tui.cli.reach import Reach, pass_looking
from tui.words.purposes import Purposes
from tui.words.times import now, until

# What gives room on a narrow terminal, the least needed first; the answer, which is
# told short for that, never does.
YIELDS = ("BLOCKS", "WORKFLOW", "FOR", "SINCE", "DEADLINE", "TITLE")
HEADERS = (
    "WHAT",
    "SINCE",
    "DEADLINE",
    "BLOCKS",
    "WORKFLOW",
    "FOR",
    "ANSWER WITH",
    "TITLE",
)


@click.command()
@click.option("--all", "every", is_flag=True, help="Also what you have snoozed.")
@click.option(
    "--by",
    type=click.Choice([*ORDERS]),
    default="risk",
    help="What stands first: risk, then age; age; or what blocks most.",
)
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True)
@out.json_option
@pass_looking
def inbox(reach: Reach, every: bool, by: str, limit: int, as_json: bool) -> None:
    """List what waits for a person, by risk, then age.

    It blocks the runs above it and those that wait for its decision, the arms
    beside it that have ended, and the steps that may follow. What you have snoozed is
    only counted.
    """
    found = reach.desk().inbox(by, limit)
    items = [item for item in found if every or item.snoozed is None]
    if as_json:
        shown = [replace(item, hint=answer(reach, item)) for item in items]
        out.document([out.fields(item) for item in shown])
        tell_more(reach, found)
        return
    snoozed = sum(item.snoozed is not None for item in found)
    if items:
        print_items(reach, items)
    elif not snoozed:
        out.line(reach.nothing("nothing waits for a person"))
    if snoozed and not every:
        out.line(f"{snoozed} snoozed; `{reach.command('inbox --all')}` lists them too")
    tell_more(reach, found)


def tell_more(reach: Reach, found: Sequence[InboxItem]) -> None:
    """Say how many gates are not told, and not where a program reads."""
    looked_at = sum(item.kind == "approval" for item in found)
    if more := approvals.count_pending(reach.database()) - looked_at:
        wider = reach.command(f"inbox --limit {len(found) + more}")
        out.line(f"{counted(more, 'more gate')}: {wider}", err=True)


def print_items(reach: Reach, items: Sequence[InboxItem]) -> None:
    at, held = now(), runs.several(reach.database(), {item.run for item in items})
    purposes = Purposes(held.values())
    rows = [
        [
            what(item),
            age(at - item.since),
            "" if item.deadline is None else until(item.deadline),
            item.blocks.most(),
            out.one_line(item.workflow),
            purposes.of(held[item.run]) if item.run in held else "",
            out.one_line(reach.command(short(item))),
            # The first column says so.
            out.one_line(item.title.removeprefix("missing: ")),
        ]
        for item in items
    ]
    out.table(HEADERS, rows, YIELDS)


def what(item: InboxItem) -> str:
    risk = " (high risk)" if item.risk == "high" else ""
    until = f", snoozed until {moment(item.snoozed)}" if item.snoozed else ""
    return f"{item.kind}{risk}{until}"


def answer(reach: Reach, item: InboxItem) -> str:
    """The command that answers it, for the workspace it was asked about."""
    return reach.command(item.hint.removeprefix("weir "))


def short(item: InboxItem) -> str:
    """What is typed to answer it, or to be told what that is."""
    match item.kind:
        case "missing" if item.values:
            return f"fill {item.run}"  # which asks for each of them
        case "interrupted":
            return f"why {item.run}"
        case _:
            return item.hint.removeprefix("weir ")
