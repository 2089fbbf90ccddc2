"""`weir doctor`: whether the store is sound, and its rows written anew."""

from __future__ import annotations

import time

import click

from engine import search, sound, witness
from engine.counted import counted
from store import index, packing
from store.database import NAME
from tui.cli import out
from tui.cli.failing import REFUSED
from tui.cli.reach import Reach, pass_looking


@click.command()
@click.option("--thorough", is_flag=True, help="Read every run, index and large value.")
@click.option(
    "--rebuild", is_flag=True, help="Write rows and index anew from the histories."
)
@click.option("--accept", is_flag=True, help="Go on with a database that was restored.")
@out.json_option
@click.pass_context
@pass_looking
def doctor(
    reach: Reach,
    ctx: click.Context,
    thorough: bool,
    rebuild: bool,
    accept: bool,
    as_json: bool,
) -> None:
    """Check the store; exit 1 when something is wrong with it."""
    if reach.is_untouched():
        tell_untouched(reach, as_json)
        return
    desk = reach.desk()
    if accept:
        witness.accept(desk.database, desk.who, time.time())
    rebuilt, unread = rebuild_all(reach) if rebuild else (0, [])
    wrong = [*witness.older_than_seen(desk.database)]
    wrong += sound.check(desk.engine, thorough=thorough)
    wrong += [line for line in unread if line not in wrong]
    if not wrong and not desk.database.read_only:
        witness.note(desk.database)
    if as_json:
        path = str(desk.database.path)
        out.document({"path": path, "problems": wrong, "rebuilt": rebuilt})
    else:
        tell(reach, wrong, rebuilt if rebuild else None)
    ctx.exit(REFUSED if wrong else 0)


def tell_untouched(reach: Reach, as_json: bool) -> None:
    if as_json:
        path = str(reach.workspace().folder / NAME)
        out.document({"path": path, "problems": [], "rebuilt": 0})
    else:
        out.line(reach.nothing("there is no store yet"))


def tell(reach: Reach, wrong: list[str], rebuilt: int | None) -> None:
    if rebuilt is not None:
        many = counted(rebuilt, "run")
        out.line(f"wrote the rows of {many} anew from their histories")
    for each in wrong:
        out.line(out.one_line(each))
    if not wrong:
        out.line(f"{out.one_line(str(reach.database().path))} is sound")


def rebuild_all(reach: Reach) -> tuple[int, list[str]]:
    """Fold every history again, and index its words.

    Returns how many there are, and a line for each that can't be read.
    """
    engine = reach.desk().engine
    found = sound.rebuild(engine)
    engine.database.write(lambda: index.forget_all(engine.database))
    engine.database.write(lambda: packing.begin_again(engine.database))
    search.catch_up(engine.database)
    return found
