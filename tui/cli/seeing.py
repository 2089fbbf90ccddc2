"""`weir context`, `weir render`: what steps would see and say. Nothing is started."""

from __future__ import annotations

import asyncio

import click

from engine import seeing
from engine.context.lookup import lookup
from engine.definition.kinds import Llm
from engine.definition.model import Step, all_steps
from engine.definition.template_values import ABSENT
from engine.definition.unfold import asker
from engine.machine.putting import is_within
from engine.seeing import Read, Said, Sight
from tui.cli import out
from tui.cli.fork import read_outputs
from tui.cli.known import PROJECT, RUN, STEP, WORKFLOW
from tui.cli.pairs import pairs
from tui.cli.project import require_project
from tui.cli.reach import Reach, pass_looking
from tui.cli.run import read_inputs
from tui.cli.show import output_text
from tui.words.times import ago

SOURCES = ("NAME", "FROM", "WHERE", "SIZE", "BEFORE", "VALUE")
READS = ("STEP", "READS", "SIZE")


@click.command("context")
@click.argument("workflow", type=WORKFLOW)
@click.option("-i", "--input", "inputs", multiple=True, metavar="KEY=VALUE")
@click.option("--inputs", "file", metavar="FILE", help="A JSON object; - reads stdin.")
@click.option("--project", default="", type=PROJECT, help="As if it began there.")
@click.option("--fresh", is_flag=True, help="Look up anew what is kept for a while.")
@out.json_option
@click.pass_context
@pass_looking
def context_(
    reach: Reach,
    ctx: click.Context,
    workflow: str,
    inputs: tuple[str, ...],
    file: str | None,
    project: str,
    fresh: bool,
    as_json: bool,
) -> None:
    """Look up the context of WORKFLOW, and say what each step would see of it.

    Nothing is started and no model asked; the sources are really read. With --fresh
    what a source keeps for its `ttl` is looked up anew, also for the next runs. It
    exits with 1 where something is missing or does not fit, for which a run would ask,
    or can't be asked now.
    """
    desk = reach.scanned_desk()
    given = {**read_inputs(file), **pairs(inputs, "--input")}
    if project:
        require_project(desk.database, project)
    asked = seeing.before(desk.engine, workflow, given, project, fresh=fresh)
    sight = asyncio.run(asked)
    steps = seeing.steps_of(sight)
    if as_json:
        out.document(as_fields(sight, steps))
    else:
        if sight.provenance:
            out.table(SOURCES, [source_row(sight, name) for name in sight.provenance])
            out.line()
        out.table(READS, [row for step in steps for row in read_rows(sight, step)])
    if told := seeing.amiss(sight):
        for line in told:
            out.line(out.one_line(line), err=True)
        ctx.exit(1)


def as_fields(sight: Sight, steps: list[Step]) -> dict[str, object]:
    return {
        "context": {
            name: {
                **found,
                "before": seeing.first_for(sight, name),
                "value": value_of(sight, name),
            }
            for name, found in sight.provenance.items()
        },
        "inputs": sight.scope["inputs"],
        "lacks": [out.fields(each) for each in sight.lacks],
        "steps": [
            {
                "step": asker(step.id),
                "reads": [out.fields(r) for r in seeing.read_by(sight, step)],
            }
            for step in steps
        ],
    }


def value_of(sight: Sight, name: str) -> object:
    """None for what is missing."""
    found = lookup(sight.scope, name.split("."))
    return None if found is ABSENT else found


def source_row(sight: Sight, name: str) -> list[str]:
    found, value = sight.provenance[name], value_of(sight, name)
    missing = found["kind"] in (seeing.MISSING, seeing.FAILED)
    return [
        out.one_line(name),
        str(found["kind"]),
        out.one_line(f"{found['where']}{since(found['at'], sight.at)}"),
        "" if missing else size(seeing.size_of(value)),
        out.one_line(seeing.first_for(sight, name) or "all steps"),
        "" if missing else out.one_line(output_text(value)),
    ]


def since(at: float, looked: float) -> str:
    """How long ago a value was found that is used again; "" for one found now."""
    return f" ({ago(at)})" if looked - at >= 1 else ""


def read_rows(sight: Sight, step: Step) -> list[list[str]]:
    """A row for each name that a step reads; its id stands in the first."""
    read = seeing.read_by(sight, step) or [Read("", 0)]
    return [
        [
            "" if number else out.one_line(asker(step.id)),
            out.one_line(each.name),
            told(each, sight),
        ]
        for number, each in enumerate(read)
    ]


def told(read: Read, sight: Sight) -> str:
    if not read.name:
        return ""
    if read.size is not None:
        return size(read.size)
    of = [f["kind"] for n, f in sight.provenance.items() if is_within(read.name, n)]
    failed = seeing.FAILED if seeing.FAILED in of else seeing.MISSING
    return failed if of else "not there yet"


def size(count: int | None) -> str:
    """Bytes, as a person compares them."""
    if count is None:
        return "missing"
    return f"{count} B" if count < 1024 else f"{count / 1024:.1f} KB"


@click.command("render")
@click.argument("workflow", type=WORKFLOW, required=False)
@click.option("--step", "step_id", type=STEP, help="Any step, by its id or place.")
@click.option("-i", "--input", "inputs", multiple=True, metavar="KEY=VALUE")
@click.option("--inputs", "file", metavar="FILE", help="A JSON object; - reads stdin.")
@click.option("--project", default="", type=PROJECT, help="As if it began there.")
@click.option("--run", "run_id", type=RUN, help="With what this run has left.")
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="STEP=JSON",
    help="As if it left this.",
)
@out.json_option
@click.pass_context
@pass_looking
def render_(
    reach: Reach,
    ctx: click.Context,
    workflow: str | None,
    step_id: str | None,
    inputs: tuple[str, ...],
    file: str | None,
    project: str,
    run_id: str | None,
    outputs: tuple[str, ...],
    as_json: bool,
) -> None:
    """Print the prompts of WORKFLOW, or the texts of one step, exactly; ask no model.

    A step inside of a loop is told for each item, under its place; --step takes one.
    What earlier steps leave is not there before they have run: take it from a run
    (--run), or say it (--output). Exits 1 when a text can't be told without it.
    """
    if bool(workflow) == bool(run_id):
        raise click.UsageError("name a workflow, or a run with --run")
    if run_id and (inputs or file or project):
        raise click.UsageError("a run has its inputs; -i goes with a workflow")
    given = {**read_inputs(file), **pairs(inputs, "--input")}
    desk = reach.scanned_desk()
    if run_id:
        run = desk.resolve_run(run_id)
        sight = seeing.within(desk.engine, run, step_id or "")
    else:
        if project:
            require_project(desk.database, project)
        whole = seeing.before(desk.engine, workflow or "", given, project)
        sight = asyncio.run(whole)
    sight = seeing.with_outputs(sight, read_outputs(outputs))
    said = {
        name: seeing.said_by(sight, step, names)
        for name, step, names in chosen(sight, step_id or "")
    }
    if as_json:
        out.document(
            {name: [out.fields(s) for s in each] for name, each in said.items()}
        )
    else:
        for name, each in said.items():
            tell(name, each)
        for line in seeing.amiss(sight):
            out.line(out.one_line(line), err=True)
    if any(each.problem for texts in said.values() for each in texts):
        ctx.exit(1)


def chosen(sight: Sight, wanted: str) -> list[tuple[str, Step, seeing.Scope]]:
    """The step that is named, or all that ask a model. Raises NotFound."""
    found = [*seeing.places_of(sight, wanted)]
    if wanted and not found:
        seeing.the_step(sight.plan, wanted)
    asks = any(isinstance(s.do, Llm) for s in all_steps(sight.plan.workflow))
    if not wanted and not asks:
        raise click.UsageError("no step asks a model; --step names another one")
    if not found:
        out.line("it is not done: the loop around it goes through nothing", err=True)
    return found


def tell(step: str, said: list[Said]) -> None:
    for each in said:
        out.line(out.paint(f"── {out.one_line(step)}: {each.where}", bold=True))
        if each.where == seeing.REQUIRES:
            out.line(f"a run asks first: {out.one_line(each.problem)}")
        elif each.problem:
            out.line(f"can't be told yet: {out.one_line(each.problem)}")
        else:
            out.block(each.text.rstrip("\n"))
