"""`weir run`: start a run and follow it until it ends or waits for a person."""

from __future__ import annotations

import asyncio
import difflib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from engine.answers import commands_of
from engine.desk import Desk
from engine.errors import InvalidValues, NotFound
from engine.halting import Halt
from engine.llm.provider import names as providers
from engine.why import after
from store import definitions, runs
from tui.cli import out
from tui.cli.failing import INTERRUPTED
from tui.cli.follow import exit_code, follow
from tui.cli.known import PROJECT, RUN, WORKFLOW
from tui.cli.pairs import pairs
from tui.cli.plan import show_plan
from tui.cli.project import require_project
from tui.cli.reach import Reach, pass_reach

Values = Mapping[str, Any]
LARGEST = 5 * 1024 * 1024


@click.command()
@click.argument("workflow", type=WORKFLOW, required=False)
@click.option("-i", "--input", "inputs", multiple=True, metavar="KEY=VALUE")
@click.option("--inputs", "file", metavar="FILE", help="A JSON object; - reads stdin.")
@click.option("--like", default="", type=RUN, help="Give it what that was given.")
@click.option("--project", default="", type=PROJECT, help="Gather it there.")
@click.option(
    "--provider", default="", metavar="NAME", help="For every model step: mock, replay."
)
@click.option("--record", is_flag=True, help="Keep what models are asked and answer.")
@click.option(
    "--cassette", default="", metavar="FILE", help="Where; or whence they answer."
)
@click.option("--force", is_flag=True, help="Record in the place of a cassette.")
@click.option("--detach", is_flag=True, help="Start it and return.")
@click.option("--dry-run", is_flag=True, help="Check the inputs, show the steps, stop.")
@out.json_option
@click.pass_context
@pass_reach
def run(
    reach: Reach,
    ctx: click.Context,
    workflow: str | None,
    inputs: tuple[str, ...],
    file: str | None,
    like: str,
    project: str,
    provider: str,
    record: bool,
    cassette: str,
    force: bool,
    detach: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Start WORKFLOW and follow it until it ends or waits for a person.

    Exits 0 when it succeeded, 1 when it failed, 3 when it waits for a person, 4 when
    it was cancelled, 2 when it could not begin as asked. Ctrl-C leaves it running.

    With --like it gets what RUN was given, but for what is said here, in the same
    project; without WORKFLOW it is of the same one.

    With --record, what its models are asked and answer is kept in a cassette below
    the workspace: FILE, or .weir/cassettes/RUN.jsonl. With --provider replay it is
    answered from there, and fails where it asks something else.
    """
    given: Values = {**read_inputs(file), **pairs(inputs, "--input")}
    reach.only_looks = dry_run
    desk = reach.scanned_desk()
    workflow, given, project = meant(desk, like, workflow, given, project)
    if dry_run:
        show_plan(desk, workflow, given, as_json)
        return
    if provider:
        require_provider(desk, provider)
    if project:
        require_project(desk.database, project)
    tell_of_problems(desk, workflow)
    require_together(record, force)
    run_id = desk.start(
        workflow,
        given,
        project=project,
        provider=provider,
        record=record,
        cassette=cassette,
        force=force,
    )
    if detach:
        tell_started(reach, desk, run_id, as_json)
        return
    if not as_json:
        out.line(f"{run_id}  {out.one_line(workflow)}")
    if record and not as_json:
        tell_recorded(desk, run_id)
    ctx.exit(follow_to_its_end(reach, desk, run_id, as_json))


def meant(
    desk: Desk, like: str, workflow: str | None, given: Values, project: str
) -> tuple[str, Values, str]:
    """What is to begin: where it is `like` a run, that but for what is said here."""
    if like:
        other = desk.engine.load(desk.resolve_run(like))
        given, project = {**other.inputs, **given}, project or other.project
        workflow = other.workflow if workflow is None else workflow
    if workflow is None:
        raise click.UsageError("Missing argument 'WORKFLOW'.")
    return workflow, given, project


def tell_of_problems(desk: Desk, workflow: str) -> None:
    """Say when what begins is not what the file says by now."""
    found = definitions.get(desk.database, "workflow", workflow)
    if found is None or not found.version or not found.problems:
        return
    why = f"{out.one_line(found.path)} has problems (`weir check`)"
    out.line(f"weir: {why}; this run goes by its last good version", err=True)


def tell_recorded(desk: Desk, run_id: str) -> None:
    cassette = desk.engine.load(run_id).cassette
    assert cassette is not None
    out.line(f"its models are recorded in {out.one_line(cassette.file)}")


def follow_to_its_end(reach: Reach, desk: Desk, run_id: str, as_json: bool) -> int:
    """Follow the run and return the exit code for where it stands then."""
    try:
        following = follow(desk.database, run_id, desk.wake, as_json=as_json)
        standing = asyncio.run(following)
    except KeyboardInterrupt:
        again = reach.command(f"logs -f {run_id}")
        out.line(f"\n{run_id} goes on without this terminal; {again}", err=True)
        return INTERRUPTED
    if as_json:
        out.item(out.fields(standing))
    elif standing.waits:
        tell_waiting(reach, standing)
    elif then := after(desk.engine, run_id):
        out.line(then)
    return exit_code(standing)


def tell_started(reach: Reach, desk: Desk, run_id: str, as_json: bool) -> None:
    if as_json:
        out.document(runs.get(desk.database, run_id))
    else:
        out.line(f"{run_id} has started; {reach.command(f'logs -f {run_id}')}")


def tell_waiting(reach: Reach, standing: Halt) -> None:
    """What a person types so that it goes on."""
    out.line()
    for run in standing.paused:
        out.line(f"{run} is paused; {reach.command(f'resume {run}')}")
    for gate in standing.approvals:
        out.line(f"{gate.id} waits for a person: {out.one_line(gate.title)}")
        out.line(f"  {reach.command(f'approve {gate.id}')}")
    for run in dict.fromkeys(step.run for step in standing.interrupted):
        tell_unsure(reach, run)
    lacking = {step.run for step in standing.lacking}
    for item in reach.desk().waiting() if lacking else ():
        if item.kind == "missing" and item.run in lacking:
            out.line(f"{item.run} waits; {out.one_line(item.title)}")
            out.line(f"  {reach.command(item.hint.removeprefix('weir '))}")


def tell_unsure(reach: Reach, run: str) -> None:
    for step in reach.desk().unsure(run):
        out.line(f"{out.one_line(step.path)} may or may not have happened; say which:")
        for words in commands_of(run, step.path, step.answers):
            out.line(f"  {reach.command(words)}")


def read_inputs(name: str | None) -> Values:
    """The object in a JSON file. Raises NotFound, InvalidValues."""
    if name is None:
        return {}
    try:
        data = read_bytes(name)
    except FileNotFoundError:
        raise NotFound(f"no file {name}; --inputs names a JSON file") from None
    except OSError as error:
        raise InvalidValues([f"{name}: {error.strerror}"]) from None
    if len(data) > LARGEST:
        raise InvalidValues([f"{name} is larger than 5 MB, the most allowed"])
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidValues([f"{name} is no JSON object: {error}"]) from None
    except RecursionError:
        raise InvalidValues([f"{name} is nested too deeply"]) from None


def read_bytes(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(LARGEST + 1)
    with Path(name).open("rb") as file:
        return file.read(LARGEST + 1)


def require_together(record: bool, force: bool) -> None:
    """Raises InvalidValues for an option that means nothing by itself."""
    if force and not record:
        raise InvalidValues(["--force goes with --record"])


def require_provider(desk: Desk, name: str) -> None:
    """Raises NotFound for a provider that no step could ask."""
    known = [*providers(), *desk.workspace.config.providers]
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        meant = f"did you mean {near[0]}? " if near else ""
        names = ", ".join(dict.fromkeys(known))
        raise NotFound(f"no provider {name!r}; {meant}known are {names}")
