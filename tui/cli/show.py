"""`weir show`: a run, its steps, and what one of them left."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import Any

import click
import msgspec

from engine.errors import NotFound
from engine.machine import events as e
from engine.machine.codec import decode
from engine.machine.events import Entry
from engine.machine.state import Cassette, Decision
from engine.machine.ticking import FORM, Item
from engine.past import Parts, checklists, history, parts_at
from engine.spending import in_words, spent, spent_in, used_in
from store import approvals, artifacts, events, occasions, runs, steps
from store.database import Database
from store.records import (
    ApprovalRecord,
    ArtifactRecord,
    OccasionRecord,
    RunRecord,
    StepRecord,
)
from tui.cli import out
from tui.cli.attempts import show_attempts
from tui.cli.decided import decisions
from tui.cli.known import RUN, STEP
from tui.cli.reach import Reach, pass_looking
from tui.cli.standing import tell_standing
from tui.cli.steps import find_step
from tui.cli.telling import tell
from tui.cli.tick import checklist_lines
from tui.deciders import outcome, whence
from tui.words.times import clock, lasted, moment, until

STEP_HEADERS = ("STEP", "STATUS", "KIND", "ATTEMPT", "TOOK", "WHAT CAME OF IT")


@click.command("show")
@click.argument("run_id", type=RUN)
@click.option("--step", "name", type=STEP, help="One step: what it did and left.")
@click.option(
    "--at",
    type=click.IntRange(min=1),
    metavar="SEQ",
    help="As it was after that event.",
)
@click.option(
    "--attempts", "tries", is_flag=True, help="The attempts at a step, side by side."
)
@out.json_option
@pass_looking
def show_(
    reach: Reach,
    run_id: str,
    name: str | None,
    at: int | None,
    tries: bool,
    as_json: bool,
) -> None:
    """Show a run and its steps, or one step with its output."""
    run = the_run(reach, run_id)
    if name is not None and at is not None:
        raise click.UsageError("--at shows the whole run; say --step or --at")
    if tries and name is None:
        raise click.UsageError("--attempts are those at one step; say --step STEP")
    if at is not None:
        show_parts(reach, parts_at(reach.desk().engine, run.id, at), as_json)
    elif name is None:
        show_parts(reach, parts_now(reach, run), as_json, standing=True)
    else:
        found = find_step(steps.of_run(reach.database(), run.id), name)
        if tries:
            show_attempts(reach.desk().engine, found, as_json)
        else:
            show_step(reach.database(), found, as_json)


def the_run(reach: Reach, prefix: str) -> RunRecord:
    """The run of a short id. Raises NotFound or Ambiguous."""
    run = runs.get(reach.database(), reach.run_looked_at(prefix))
    if run is None:
        raise NotFound(f"no run {prefix!r}; `weir runs` lists them")
    return run


def parts_now(reach: Reach, run: RunRecord) -> Parts:
    database = reach.database()
    inner = started_by(database, run)
    gates = approvals.of_run(database, run.id)
    left = artifacts.of_run(database, run.id)
    return Parts(
        run,
        steps.of_run(database, run.id),
        gates + approvals.of_runs(database, [each.id for each in inner]),
        left,
        inner,
        spent_in(database, [run.id, *(each.id for each in inner)]),
        items_of_now(reach, run.id, left),
    )


def items_of_now(
    reach: Reach, run: str, left: list[ArtifactRecord]
) -> dict[str, list[Item]]:
    """The items of a run's checklists; one without any is not folded for it."""
    if not any(each.form == FORM for each in left):
        return {}
    return checklists(reach.desk().engine.load(run))


def show_parts(
    reach: Reach, parts: Parts, as_json: bool, *, standing: bool = False
) -> None:
    if as_json:
        out.document(out.fields(parts))
        return
    occasion = occasions.of_run(reach.database(), parts.run.id)
    heading(parts.run, occasion, cassette_of(reach.database(), parts.run.id))
    if said := in_words(parts.spent):
        out.line(f"models: {out.one_line(said)}")
    if standing:
        tell_standing(reach.workspace(), reach.database(), [parts.run])
    if parts.steps:
        out.line()
        out.table(STEP_HEADERS, [step_row(step) for step in parts.steps])
    for each in parts.runs:
        where = (
            f"{each.id}  {out.one_line(each.workflow)}  at {out.one_line(each.step)}"
        )
        out.line(f"run inside: {where}  {out.status(each.status)}")
    for gate in parts.approvals:
        gate_lines(reach, gate)
    artifact_lines(reach, parts)


def started_by(database: Database, run: RunRecord) -> list[RunRecord]:
    """The runs that this one has started, and those that they have, at any depth."""
    family = runs.under(database, run.root or run.id)
    inner = {run.id}
    found = []
    for each in family:  # oldest first: a run comes after the one that started it
        if each.parent in inner:
            inner.add(each.id)
            found.append(each)
    return found


def cassette_of(database: Database, run: str) -> Cassette | None:
    """Where a run's models are recorded, or answer from: as it was begun."""
    began = [decode(record.data) for record in events.history(database, run, until=1)]
    return next((x.cassette for x in began if isinstance(x, e.RunStarted)), None)


def heading(
    run: RunRecord, occasion: OccasionRecord | None, cassette: Cassette | None
) -> None:
    title = f": {out.one_line(run.title)}" if run.title else ""
    out.line(f"{out.paint(run.id, bold=True)}  {out.one_line(run.workflow)}{title}")
    said = f", {out.one_line(run.reason)}" if run.reason else ""
    out.line(f"{out.status(run.status)}{said}")
    took = lasted(run.started_at, run.ended_at)
    ended = f", took {took}" if took else ""
    out.line(f"started {moment(run.started_at)} by {out.one_line(run.by)}{ended}")
    if occasion is not None:
        key = out.one_line(occasion.key)
        out.line(f"begun by schedule {out.one_line(occasion.schedule)} for {key}")
    if run.parent:
        out.line(f"started by a step of run {run.parent}")
    if run.variant_of:
        out.line(f"a variant of {out.one_line(run.variant_of)}")
    if run.project:
        out.line(f"project {out.one_line(run.project)}")
    if run.provider:
        out.line(f"every model step uses provider {out.one_line(run.provider)}")
    if cassette is not None:
        did = "recorded in" if cassette.run else "answered from"
        out.line(f"its models are {did} {out.one_line(cassette.file)}")
    for key, value in msgspec.json.decode(run.inputs).items():
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        out.line(f"input {out.one_line(key)} = {out.one_line(text)}")


def step_row(step: StepRecord) -> list[str]:
    return [
        out.one_line(step.path),
        out.status(step.status),
        step.kind,
        str(step.attempt or ""),
        lasted(step.started_at, step.ended_at),
        out.one_line(step.summary),
    ]


def gate_lines(reach: Reach, gate: ApprovalRecord) -> None:
    out.line()
    out.line(f"{gate.id}  {out.status(outcome(gate))}  {out.one_line(gate.title)}")
    if gate.status == "pending":
        if gate.deadline is not None:
            out.line(f"  deadline {until(gate.deadline)}")
        out.line(f"  {reach.command(f'approve {gate.id}')}")
    for decision in decisions(gate):
        for said in decision_lines(decision):
            out.line(f"  {out.one_line(said)}")


def decision_lines(decision: Decision) -> Iterator[str]:
    """When, what, by whom and from where; what was edited, and what was said."""
    yield f"{moment(decision.at)}  {decision.choice} by {whence(decision.by)}"
    if decision.edit is not None:
        yield f"  {decision.edit.name} was edited before it was approved"
    if decision.reason or decision.comment:
        reason = f"({decision.reason}) " if decision.reason else ""
        yield f"  {reason}{decision.comment}"


def artifact_lines(reach: Reach, parts: Parts) -> None:
    for artifact in parts.artifacts:
        out.line()
        what = f"{artifact.name} ({artifact.form}, {artifact.size} bytes)"
        out.line(out.one_line(f"{what}: {artifact.title}"))
        name = quote(artifact.path)
        out.line(f"  {reach.command(f'artifact {parts.run.id} {name}')}")
        if items := parts.items.get(artifact.path):
            for line in checklist_lines(items):
                out.line(f"  {out.one_line(line)}")


def show_step(database: Database, step: StepRecord, as_json: bool) -> None:
    entries = [
        entry
        for entry in history(database, step.run)
        if getattr(entry.event, "path", None) == step.path
    ]
    output = output_of(entries)
    if as_json:
        happened = [
            {"seq": en.seq, "at": en.at, "cause": en.cause, "event": en.event}
            for en in entries
        ]
        out.document({"step": step, "output": output, "events": happened})
        return
    out.line(f"{out.paint(out.one_line(step.path), bold=True)}  {step.kind}")
    for entry in entries:
        out.line(f"{clock(entry.at)}  {tell(entry.event)}")
    if said := in_words(spent(used for en in entries if (used := used_in(en.event)))):
        out.line(f"asked a model: {out.one_line(said)}")
    for details in failure_details(entries):
        out.block(details, "  ")
    if output is not None:
        out.line()
        out.block(output_text(output))


def output_of(entries: list[Entry]) -> Any:
    """What the visit left behind; None before it has."""
    for entry in reversed(entries):
        if isinstance(entry.event, (e.StepSucceeded, e.StepReused)):
            return entry.event.output
    return None


def failure_details(entries: list[Entry]) -> list[str]:
    """The raw words behind the newest failure: an answer, the end of stderr."""
    for entry in reversed(entries):
        if isinstance(entry.event, (e.StepFailed, e.StepRetrying)):
            return [entry.event.failure.details] if entry.event.failure.details else []
    return []


def output_text(output: Any) -> str:
    if isinstance(output, str):
        return output
    return msgspec.json.format(msgspec.json.encode(output), indent=2).decode()
