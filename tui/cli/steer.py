"""`weir pause`, `resume`, `cancel`, `retry` and `mark`: a person's word to a run."""

from __future__ import annotations

import click
import msgspec

from engine.errors import NotFound
from engine.people import refuse_inside_a_run
from store import runs
from tui.cli import out
from tui.cli.gates import comment_option
from tui.cli.known import RUN, STEP
from tui.cli.reach import Reach, pass_reach

run_argument = click.argument("run_id", type=RUN)


@click.command()
@run_argument
@comment_option
@out.json_option
@pass_reach
def pause(reach: Reach, run_id: str, comment: str, as_json: bool) -> None:
    """Start no further step of a run; what is running ends by itself.

    The steps that will still finish are named, those of the runs inside of it too.
    """
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    desk.pause(run, comment)
    tell(reach, run, as_json)
    if not as_json:
        for within, path in desk.finishing(run):
            of = f" of {within}" if within != run else ""
            out.line(f"  {out.one_line(path)}{of} will still finish")


@click.command()
@run_argument
@out.json_option
@pass_reach
def resume(reach: Reach, run_id: str, as_json: bool) -> None:
    """Let a paused run go on."""
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    desk.resume(run)
    tell(reach, run, as_json)


@click.command()
@run_argument
@comment_option
@out.json_option
@pass_reach
def cancel(reach: Reach, run_id: str, comment: str, as_json: bool) -> None:
    """End a run now, and with it every step that is running.

    What its workflow does at the end is done; cancel once more to end that too. While a
    run is rolled back, it ends what is being undone, and asks what became of that.
    """
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    desk.cancel(run, comment)
    tell(reach, run, as_json)


@click.command()
@run_argument
@click.option("--step", default="", type=STEP, help="The failed step to go on from.")
@click.option("--newest", is_flag=True, help="Adopt the newest version first.")
@click.option("--preview", is_flag=True, help="With --newest: say what it would do.")
@out.json_option
@pass_reach
def retry(
    reach: Reach, run_id: str, step: str, newest: bool, preview: bool, as_json: bool
) -> None:
    """Go on from the failed step of a failed run."""
    if preview and not newest:
        raise click.UsageError("--preview is for --newest; `weir show` tells the rest")
    desk = reach.scanned_desk()
    run = desk.resolve_run(run_id)
    if newest:
        from tui.cli.adopt import require_failed, show_adoption

        require_failed(desk, run)
        if preview:
            show_adoption(desk.adoption(run), as_json)
            return
        refuse_inside_a_run()
    desk.retry(run, step, newest=newest)
    tell(reach, run, as_json)
    if not as_json and not newest and desk.standing(run).word != "unaffected":
        other = reach.command(f"retry {run} --newest")
        out.line(f"! it goes by the text it began with; by its file as it is: {other}")


@click.command()
@run_argument
@click.argument("step", type=STEP)
@click.option("--output", metavar="JSON", help="It happened, and left this.")
@click.option("--again", is_flag=True, help="Do it again.")
@click.option("--fail", is_flag=True, help="It failed.")
@comment_option
@out.json_option
@pass_reach
def mark(
    reach: Reach,
    run_id: str,
    step: str,
    output: str | None,
    again: bool,
    fail: bool,
    comment: str,
    as_json: bool,
) -> None:
    """Say what became of STEP: exactly one of the three.

    --again and --fail are for an interrupted one. --output is for any that stands
    still, also a failed one, with which a failed run goes on; not for a gate.
    """
    if (output is not None) + again + fail != 1:
        raise click.UsageError("say one of --output JSON, --again or --fail")
    refuse_inside_a_run()
    how = "again" if again else "fail" if fail else "done"
    value = read_output(output)
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    desk.mark(run, step, how=how, output=value, comment=comment)
    tell(reach, run, as_json)


def read_output(text: str | None) -> object:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise click.UsageError(f"--output is not JSON: {error}") from None
    except RecursionError:
        raise click.UsageError("--output is nested too deeply") from None


def tell(reach: Reach, run_id: str, as_json: bool) -> None:
    """Print where the run stands now."""
    run = runs.get(reach.desk().database, run_id)
    if run is None:
        raise NotFound(f"run {run_id} has no row; `weir doctor --rebuild` writes it")
    if as_json:
        out.document(run)
    else:
        said = f", {out.one_line(run.reason)}" if run.reason else ""
        out.line(f"{run.id} is {out.status(run.status)}{said}")
