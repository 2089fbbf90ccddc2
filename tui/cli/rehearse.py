"""`weir rehearse`: what past runs would do by the definitions as they stand now."""

from __future__ import annotations

import click

from engine.counted import counted
from engine.definition.model import Workflow
from engine.errors import NotFound
from engine.trying.files import library_of
from engine.trying.rehearsing import Rehearsed, ended_runs, rehearse
from tui.cli import out
from tui.cli.failing import REFUSED
from tui.cli.known import WORKFLOW
from tui.cli.reach import Reach, pass_looking
from tui.cli.stats import require_workflow


@click.command("rehearse")
@click.argument("workflow", type=WORKFLOW)
@click.option(
    "--last", default=20, type=click.IntRange(1, 1000), help="So many; 20 unless said."
)
@out.json_option
@click.pass_context
@pass_looking
def rehearse_(
    reach: Reach, ctx: click.Context, workflow: str, last: int, as_json: bool
) -> None:
    """Play the last runs of WORKFLOW again, by its definition as it stands now.

    What programs, models and people answered then is answered again; nothing is asked
    or done. Exits 1 when any run would go another way.
    """
    engine = reach.scanned_desk().engine
    library = library_of(engine.workspace)
    known = library.get(f"workflow/{workflow}")
    if isinstance(known, Workflow) and known.variants is not None:
        which = " or ".join(known.variants.use)
        raise NotFound(f"no run goes by `{workflow}`, which chooses; rehearse {which}")
    found = ended_runs(engine, workflow, last)
    if not found:
        require_workflow(engine.database, workflow)
        raise NotFound(f"no run of `{workflow}` has ended; `weir runs` lists them")
    if known is None:
        raise NotFound(
            f"`{workflow}` has problems, or no file; `weir check` says which"
        )
    rehearsed = [rehearse(engine, run.id, library) for run in found]
    if as_json:
        out.document({"workflow": workflow, "runs": rehearsed})
    else:
        tell(rehearsed)
    ctx.exit(REFUSED if any(each.otherwise for each in rehearsed) else 0)


def tell(rehearsed: list[Rehearsed]) -> None:
    for each in rehearsed:
        said = each.would or "not rehearsed"
        now = out.one_line(f"{each.was}, now {said}" if said != each.was else each.was)
        changed = each.otherwise or each.why
        glyph = out.paint("≠", "yellow") if changed else out.paint("=", "green")
        out.line(f"{glyph} {each.run}  {now}")
        for words in (*each.otherwise, *([each.why] if each.why else ())):
            out.line(f"    {out.one_line(words)}")
    played = [each for each in rehearsed if each.would]
    others = sum(bool(each.otherwise) for each in played)
    said = f"{others} would go another way" if others else "all alike"
    out.line(f"{counted(len(played), 'run')} rehearsed, {said}")
