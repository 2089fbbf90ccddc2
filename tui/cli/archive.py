"""`weir export` and `weir import`: runs that have ended, in a file and back."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import click

from engine import keeping
from engine.archive import bring, write
from engine.archive.read import unpacked
from engine.counted import counted
from engine.people import refuse_inside_a_run
from tui.cli import out
from tui.cli.known import RUN, WORKFLOW
from tui.cli.reach import Reach, pass_reach
from tui.cli.since import Since

CONVERTED = ("langgraph", "dagu", "actions")  # what `weir convert` reads


@click.command("export")
@click.argument("run_ids", type=RUN, metavar="[RUN]...", nargs=-1)
@click.option("--older-than", type=Since(), help="Runs that ended before then: 90d.")
@click.option("--workflow", type=WORKFLOW, help="Only runs of this workflow.")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The archive to make.",
)
@out.json_option
@pass_reach
def export(
    reach: Reach,
    run_ids: tuple[str, ...],
    older_than: float | None,
    workflow: str | None,
    target: Path,
    as_json: bool,
) -> None:
    """Write runs that have ended, with all that is theirs, into one file.

    It is not encrypted: whoever reads it reads what the runs were given and said.
    """
    if bool(run_ids) == (older_than is not None):
        raise click.UsageError("say which: RUN, or --older-than 90d")
    desk = reach.desk()
    if older_than is not None:
        ids = keeping.prunable(desk.database, before=older_than, workflow=workflow)
    else:
        ids = keeping.whole(desk.database, [reach.run_id(each) for each in run_ids])
    size = write.export(desk.engine, desk.who, ids, target, time.time())
    if as_json:
        out.document({"file": str(target), "runs": ids, "bytes": size})
    else:
        many, name = counted(len(ids), "run"), out.one_line(str(target))
        out.line(f"wrote {many} into {name}, {size / keeping.MB:.1f} MB")


class Archive(click.Path):
    """A file; what others have is told apart from it."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, exists=True, dir_okay=False)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        if value in CONVERTED and not os.path.lexists(value):
            words = f"runs are imported; `weir convert {value}` makes a definition"
            raise click.UsageError(words, ctx)
        return super().convert(value, param, ctx)


@click.command("import")
@click.argument("file", type=Archive())
@click.option("--look", is_flag=True, help="Only show what it holds.")
@click.option("--trust", is_flag=True, help="Take texts this workspace never had.")
@out.json_option
@pass_reach
def import_(reach: Reach, file: Path, look: bool, trust: bool, as_json: bool) -> None:
    """Bring the runs of an archive back; all of them, or none.

    What is here already and the same stays as it is.
    """
    refuse_inside_a_run()
    desk = reach.desk()
    if look:
        show(desk.database.folder, file, as_json)
        return
    result = bring.bring(desk.engine, desk.who, file, time.time(), trust=trust)
    if as_json:
        out.document(out.fields(result))
    else:
        new, old = len(result.brought), len(result.there)
        out.line(f"brought {counted(new, 'run')} in; {old:,} already here")


def show(beside: Path, file: Path, as_json: bool) -> None:
    with unpacked(file, beside) as archive:
        texts = archive.texts()
        if as_json:
            out.document({"manifest": archive.manifest, "texts": texts})
            return
        for run in archive.manifest.runs:
            state = archive.run(run).state
            out.line(
                f"{run}  {out.status(state.status)}  {out.one_line(state.workflow)}"
            )
        for sha, text in texts.items():
            out.line()
            out.line(f"{out.one_line(f'{text.kind} {text.name}')}  {sha[:12]}")
            out.block(text.text, "  ")
