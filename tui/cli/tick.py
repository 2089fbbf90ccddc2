"""`weir tick`: an item of a checklist is done, says a person, and the history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from engine.machine.ticking import Item
from engine.people import refuse_inside_a_run
from tui.cli import out
from tui.cli.known import RUN
from tui.cli.reach import Reach, pass_reach
from tui.words.times import moment


@click.command()
@click.argument("run_id", type=RUN)
@click.argument("artifact")
@click.argument("item")
@click.option("--undo", is_flag=True, help="Take the tick back.")
@out.json_option
@pass_reach
def tick(
    reach: Reach, run_id: str, artifact: str, item: str, undo: bool, as_json: bool
) -> None:
    """Tick ITEM of the checklist ARTIFACT: its number, or words of it.

    Also in a run that has ended. Who ticked it and when stands in its history.
    """
    refuse_inside_a_run()
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    ticked = desk.tick(run, artifact, item, undo=undo)
    path, items = desk.checklist(run, artifact)
    if as_json:
        out.document({"run": run, "artifact": path, "item": ticked, "items": items})
        return
    out.line(out.one_line(item_line(ticked)))
    out.line(f"{out.one_line(path)}: {count_of(items)}")


def count_of(items: Iterable[Item]) -> str:
    """`2 of 5 ticked`."""
    marks = [item.tick is not None for item in items]
    return f"{sum(marks)} of {len(marks)} ticked"


def item_line(item: Item) -> str:
    """Its number and words, and who ticked it when."""
    box = "[ ]" if item.tick is None else "[x]"
    said = f"{box} {item.number} {item.text}"
    if item.tick is None:
        return said
    return f"{said} ({moment(item.tick.at)} by {item.tick.by.name})"


def checklist_lines(items: list[Item]) -> Iterator[str]:
    yield count_of(items)
    yield from map(item_line, items)
