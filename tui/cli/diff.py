"""`weir diff`: what is otherwise in one run than in another."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import click

from engine.differing.compared import PARTS, Compared, compare, origin_of
from engine.differing.said import Difference
from engine.errors import WeirError
from engine.handle import Engine
from store.records import RunRecord
from tui.cli import out
from tui.cli.editor import coloured_diff
from tui.cli.failing import REFUSED
from tui.cli.known import RUN, STEP
from tui.cli.reach import Reach, pass_looking
from tui.documents import words_now
from tui.words.times import moment

NONE = "(none)"
ROOM = 70  # columns in which both sides stand on one line
SHOWN = 20  # lines of one difference, where not a step alone is asked for


@click.command("diff")
@click.argument("one", type=RUN, metavar="RUN1")
@click.argument("other", type=RUN, metavar="[RUN2]", required=False)
@click.option("--step", default="", type=STEP, help="Only this step, in full.")
@out.json_option
@click.pass_context
@pass_looking
def diff(
    reach: Reach,
    ctx: click.Context,
    one: str,
    other: str | None,
    step: str,
    as_json: bool,
) -> None:
    """Say what differs between two runs; of a fork alone, from the run it comes from.

    Told are text, inputs, context, route, decisions, artifacts, and of each step
    status, duration, cost, prompt and output. What is the same is counted. Exits 1 when
    the two differ.
    """
    desk = reach.desk()
    newer = reach.run_looked_at(other or one)
    older = reach.run_looked_at(one) if other else origin(desk.engine, newer)
    found = compare(
        desk.engine, older, newer, lambda paper: words_now(desk, paper), step
    )
    if as_json:
        out.document(as_fields(found))
    else:
        tell(found, most=None if step else SHOWN)
    ctx.exit(REFUSED if found.differences else 0)


def origin(engine: Engine, run: str) -> str:
    """The run that a fork comes from. Raises WeirError for a run that is none."""
    if not (found := origin_of(engine, run)):
        raise WeirError(f"{run} is no fork, which alone needs no other: name RUN2")
    return found


def as_fields(found: Compared) -> dict[str, object]:
    names = (found.one.id, found.other.id)
    told = [
        {**out.fields(each), "diff": each.lines(names)} for each in found.differences
    ]
    return {**out.fields(found), "differences": told}


def tell(found: Compared, most: int | None) -> None:
    out.line(heading("-", found.one))
    out.line(heading("+", found.other))
    names = (found.one.id, found.other.id)
    for part, differences in groupby(found.differences, lambda each: each.part):
        out.line()
        out.line(out.paint(part, bold=True))
        for each in differences:
            tell_one(each, names, most)
    out.line()
    if not found.differences:
        out.line("they differ in nothing that is compared")
    if found.same:
        out.line(f"the same: {same_in_words(found)}")
    if not found.whole:
        out.line("some prompts were not compared: `weir logs` prints them", err=True)


def heading(sign: str, run: RunRecord) -> str:
    words = f"{out.one_line(run.workflow)}  {out.status(run.status)}"
    return f"{sign} {out.paint(run.id, bold=True)}  {words}  {moment(run.started_at)}"


def tell_one(each: Difference, names: tuple[str, str], most: int | None) -> None:
    where = " ".join(word for word in (each.name, each.what) if word)
    one, other = (NONE if s is None else s for s in (each.one, each.other))
    if not each.is_text and len(one) + len(other) <= ROOM:
        out.line(f"  {out.one_line(f'{where}: {one} → {other}')}")
        return
    out.line(f"  {out.one_line(where)}")
    for line in shortened(each.lines(names)[2:], most):
        out.line(f"    {line}")


def shortened(lines: Iterable[str], most: int | None) -> list[str]:
    told = coloured_diff(lines)
    if most is None or len(told) <= most:
        return told
    left = f"… {len(told) - most} more lines: --step STEP, or --json, has all"
    return [*told[:most], left]


def same_in_words(found: Compared) -> str:
    """`inputs 3, steps 12`."""
    counted = ((part, found.same[part]) for part in PARTS if part in found.same)
    return ", ".join(f"{part} {count}" for part, count in counted)
