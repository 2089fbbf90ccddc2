"""`weir fork`: a new run that begins at a step of an old one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

import click
import msgspec

from engine.machine.judging import Verdict
from engine.people import refuse_inside_a_run
from tui.cli import out
from tui.cli.known import RUN, STEP
from tui.cli.pairs import pairs
from tui.cli.reach import Reach, pass_reach
from tui.cli.run import tell_started
from tui.words.verdicts import cost_again

HEADERS = ("STEP", "WHAT", "TOKENS", "SECONDS", "WHY")


@click.command()
@click.argument("run_id", type=RUN)
@click.option("--from", "start", required=True, type=STEP, help="Where it begins.")
@click.option("-i", "--input", "inputs", multiple=True, metavar="KEY=VALUE")
@click.option(
    "--output", "outputs", multiple=True, metavar="STEP=JSON", help="Go by this output."
)
@click.option("--newest", is_flag=True, help="By the newest version of its workflow.")
@click.option("--version", default="", metavar="SHA", help="By another version of it.")
@click.option("--preview", is_flag=True, help="Say what it would do, and stop.")
@out.json_option
@pass_reach
def fork(
    reach: Reach,
    run_id: str,
    start: str,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    newest: bool,
    version: str,
    preview: bool,
    as_json: bool,
) -> None:
    """Begin a new run at a step of RUN; what stood before it is kept, not paid again.

    Without --newest or --version it goes by the text of RUN. --input and --output
    change what it was given, or what a step left.
    """
    if newest and version:
        raise click.UsageError("say --newest or --version SHA, not both")
    given, edited = pairs(inputs, "--input"), read_outputs(outputs)
    if not preview:
        refuse_inside_a_run()
    reach.only_looks = preview
    desk = reach.scanned_desk() if newest else reach.desk()
    proposal = desk.proposal(
        run_id, start, given, edited, newest=newest, version=version
    )
    if preview:
        show_verdicts(proposal.verdicts, as_json)
        return
    started = desk.fork(proposal)
    if again := done_again(proposal.verdicts, start):
        out.line(f"{', '.join(again)}: done again, although before {start}", err=True)
    tell_started(reach, desk, started, as_json)


def done_again(verdicts: Iterable[Verdict], start: str) -> list[str]:
    """The steps before the one a fork begins at that are done again all the same.

    What was undone is; so is what has changed where the fork goes by a newer version.
    """
    before = takewhile(lambda v: v.path.partition("#")[0] != start, verdicts)
    return [out.one_line(v.path) for v in before if v.what == "re-run"]


def read_outputs(words: Iterable[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for step, text in pairs(words, "--output").items():
        try:
            found[step] = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError) as error:
            raise click.UsageError(f"--output {step} is not JSON: {error}") from None
    return found


def show_verdicts(verdicts: Iterable[Verdict], as_json: bool) -> None:
    """A line for each step, and what doing it again comes to."""
    verdicts = list(verdicts)
    if as_json:
        out.document([as_fields(verdict) for verdict in verdicts])
        return
    out.table(HEADERS, [row(verdict) for verdict in verdicts])
    out.line(f"\n{cost_again(verdicts)}")


def as_fields(verdict: Verdict) -> dict[str, object]:
    cost = out.fields(verdict.cost)
    return {**out.fields(verdict), "cost": cost}


def row(verdict: Verdict) -> list[str]:
    cost = verdict.cost
    return [
        out.one_line(verdict.path),
        verdict.what,
        str(cost.tokens or ""),
        f"{cost.seconds:.1f}" if verdict.what == "re-run" else "",
        out.one_line(verdict.why),
    ]
