"""`weir stats`: how runs end, how long they take, and what people answer."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import click

from engine.counted import counted
from engine.errors import NotFound
from engine.figures import (
    AgentFigures,
    Figures,
    Spread,
    Stats,
    StepFigures,
    with_share,
    with_shares,
)
from engine.spending import dollars, in_words
from engine.stats import days_of, stats_of, whole_of
from store import definitions
from store.database import Database
from store.stats import Wanted
from tui.cli import out, stats_csv
from tui.cli.known import PROJECT, WORKFLOW
from tui.cli.project import require_project
from tui.cli.reach import Reach, pass_looking
from tui.cli.since import Since, moment_of
from tui.words.figures import agent_row, cost_of, percent, short
from tui.words.times import now

HEADERS = (
    "WORKFLOW", "RUNS", "OPEN", "SUCCEEDED", "MEDIAN", "9 OF 10", "ASKED", "COST",
)  # fmt: skip
STEP_HEADERS = (
    "STEP", "KIND", "DONE", "OF RUNS", "FAILED", "RETRIES", "MEDIAN", "9 OF 10",
    "OF TIME", "COST",
)  # fmt: skip
AGENT_HEADERS = ("AGENT", "MODEL", "ASKED", "READ", "WRITTEN", "COST")
GIVE_WAY = ("WORKFLOW",)  # on a narrow terminal: names, never a figure
STEPS_GIVE_WAY = ("KIND", "STEP")
AGENTS_GIVE_WAY = ("MODEL", "AGENT")
NOTHING = "no such runs; --since 365d looks further back than 30 days"
FEW = 30  # runs of a variant below which a difference may well be chance


@click.command("stats")
@click.argument("workflow", type=WORKFLOW, required=False)
@click.option("--project", type=PROJECT, help="Only runs in this project.")
@click.option(
    "--since", type=Since(), help="Only runs begun since then: 7d, a date. 30d."
)
@click.option(
    "--by",
    type=click.Choice(["workflow", "day", "step", "agent"]),
    help="A row for each of these; a day is that on which a run was begun.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, times in seconds.")
@out.json_option
@pass_looking
def stats_(
    reach: Reach,
    workflow: str | None,
    project: str | None,
    since: float | None,
    by: str | None,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Tell how runs end and how long they take: of all workflows, or of one by step.

    ASKED is how long a run stood open for a person, the median. Where a workflow
    leads to variants, each has figures of its own. Of a step, OF RUNS is the share of
    the runs in which it succeeded, and OF TIME its part in what all steps took.
    """
    if as_csv and as_json:
        raise click.UsageError("take --csv or --json, not both")
    database = reach.database()
    if workflow is not None:
        require_workflow(database, workflow)
    if project is not None:
        require_project(database, project)
    begun = moment_of("30d") if since is None else since
    wanted = Wanted(workflow, project, begun)
    if by == "day":
        tell_days(days_of(database, wanted, now()), as_csv, as_json)
        return
    if by == "agent":
        tell_agents(whole_of(database, wanted, now()).agents, as_csv, as_json)
        return
    found = stats_of(database, wanted, now())
    if as_json:
        out.document([with_shares(each) for each in found])
    elif as_csv:
        (stats_csv.steps if by == "step" else stats_csv.workflows)(found)
    elif not found:
        out.line(NOTHING)
    elif by == "step":
        for each in found:
            out.line(out.paint(out.one_line(each.workflow), bold=True))
            tell_steps(each.figures)
    elif workflow is None or by == "workflow":
        out.table(HEADERS, [row for each in found for row in rows(each)], GIVE_WAY)
    else:
        for each in found:
            tell(each)


def tell_days(days: Mapping[str, Figures], as_csv: bool, as_json: bool) -> None:
    if as_json:
        out.document([{"day": day, **with_share(f)} for day, f in days.items()])
    elif as_csv:
        stats_csv.days(days)
    elif not days:
        out.line(NOTHING)
    else:
        out.table(("DAY", *HEADERS[1:]), [row(day, f) for day, f in days.items()])


def tell_agents(agents: Sequence[AgentFigures], as_csv: bool, as_json: bool) -> None:
    if as_json:
        out.document(agents)
    elif as_csv:
        stats_csv.agents(agents)
    elif not agents:
        out.line("no model was asked; --since 365d looks further back than 30 days")
    else:
        out.table(AGENT_HEADERS, [agent_row(each) for each in agents], AGENTS_GIVE_WAY)


def require_workflow(database: Database, name: str) -> None:
    """Raises NotFound for one that no file has ever said, with the nearest one."""
    if definitions.get(database, "workflow", name) is not None:
        return
    every = definitions.every(database)
    known = [each.name for each in every if each.kind == "workflow"]
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else "`weir list workflows` lists them"
    raise NotFound(f"no workflow {name!r}; {hint}")


def rows(found: Stats) -> list[list[str]]:
    """A row for the whole, and one for each variant."""
    return [
        row(out.one_line(found.workflow), found.figures),
        *(
            row(f"  {out.one_line(name)}", figures)
            for name, figures in found.variants.items()
        ),
    ]


def row(name: str, figures: Figures) -> list[str]:
    return [
        name,
        str(figures.runs),
        str(figures.open or ""),
        percent(figures.succeeded),
        short(figures.took.median),
        short(figures.took.most),
        short(figures.asked.median),
        cost_of(figures.spent),
    ]


def tell(found: Stats) -> None:
    """One workflow: its row, its variants', what people said, and its steps."""
    out.table(HEADERS, rows(found), GIVE_WAY)
    if found.variants and min(f.runs for f in found.variants.values()) < FEW:
        out.line(f"fewer than {FEW} runs of a variant: a difference may be chance")
    tell_ends(found.figures)
    if not found.variants:
        tell_steps(found.figures)
    for name, figures in found.variants.items():
        out.line()
        out.line(out.paint(out.one_line(name), bold=True))
        tell_ends(figures)
        tell_steps(figures)


def tell_ends(figures: Figures) -> None:
    """How they ended, what was answered, and what models have used, in words."""
    ends = ", ".join(
        f"{count:,} {out.one_line(s)}" for s, count in figures.ends.items()
    )
    out.line(f"{counted(figures.runs, 'run')}: {ends}")
    if figures.decisions:
        said = ", ".join(
            f"{out.one_line(choice)} {count:,}"
            for choice, count in figures.decisions.items()
        )
        out.line(f"answers: {said}{longest(figures.asked)}")
    if said := in_words(figures.spent):
        each = figures.spent.cost / figures.runs
        a_run = f", {dollars(each)} a run" if each else ""
        out.line(f"models: {out.one_line(said)}{a_run}")


def longest(asked: Spread) -> str:
    if asked.most is None:
        return ""
    return f"; open {short(asked.median)} (median), nine of ten {short(asked.most)}"


def tell_steps(figures: Figures) -> None:
    steps = [step_row(step, figures.runs) for step in figures.steps]
    out.table(STEP_HEADERS, steps, STEPS_GIVE_WAY)


def step_row(step: StepFigures, runs: int) -> list[str]:
    return [
        out.one_line(step.step),
        step.kind,
        f"{step.succeeded}/{step.visits}",
        percent(step.completed / runs),
        str(step.failed or ""),
        str(step.retries or ""),
        short(step.took.median),
        short(step.took.most),
        percent(step.share),
        cost_of(step.spent),
    ]
