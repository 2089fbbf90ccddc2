"""The definition of a workflow of GitHub Actions: the steps of its jobs, in one list.

Jobs that follow each other become a list, others a graph. A job with a matrix is a
`for_each` over its items.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.converting.actions_jobs import Job, Jobs
from engine.converting.actions_values import Inputs, Scope, read_inputs
from engine.converting.carried import (
    Converted,
    LeftOut,
    Node,
    NotCarriedOver,
    Note,
    Source,
    begin_at,
    begun,
    in_order,
    list_of,
    placed,
    require_something,
    text_of,
)
from engine.definition.base import Json
from engine.definition.check import Known
from engine.definition.model import Definition

WHY_LEFT = {
    "permissions": "steps may do what the runner's user may",
    "concurrency": "a schedule says `overlap`; runs by hand may be side by side",
    "run-name": "runs are called by their workflow and project",
}


def converted(
    source: Source, name: str, _library: Mapping[str, Definition], known: Known
) -> Converted:
    """The workflow of a file. Raises NotCarriedOver where nothing is left of it."""
    root = Node(source, (), source.root)
    made = begun(root, name)
    inputs = Inputs()
    made.notes += begins(root, inputs, made.head)
    try:
        scope = Scope(inputs, known.secrets or frozenset()).with_env(root, made.notes)
    except LeftOut as why:
        raise NotCarriedOver(f"the whole {why}") from None
    jobs = Jobs(source, scope, defaults(root))
    add_steps(made, jobs, jobs_of(source, root))
    require_something(made)
    made.notes += root.left_over(WHY_LEFT, "the whole")
    return made


def defaults(node: Node) -> dict[str, str]:
    """`defaults.run`: the shell and the folder of what does not say its own."""
    given = node.take("defaults")
    run = given.get("run") if isinstance(given, dict) else None
    return {k: text_of(v) for k, v in run.items()} if isinstance(run, dict) else {}


def jobs_of(source: Source, root: Node) -> list[Job]:
    path, given = root.at("jobs"), root.take("jobs")
    if not isinstance(given, dict) or not given:
        raise NotCarriedOver("the file has no jobs")
    jobs: dict[str, Job] = {}
    for name, value in given.items():
        node = Node(source, (*path, name), value)
        needs = [text_of(need) for need in list_of(node.take("needs"))]
        jobs[name] = Job(name, node, needs, defaults(node))
        for need in needs:
            if need not in given:
                told = f"line {node.line()}: `{name}` needs {need}, which is no job"
                raise NotCarriedOver(told)
    return [jobs[name] for name in in_order({n: j.needs for n, j in jobs.items()})]


def add_steps(made: Converted, jobs: Jobs, found: list[Job]) -> None:
    order = [job.name for job in found]
    follows = [[], *([name] for name in order[:-1])]
    graph = [job.needs for job in found] != follows
    ends: dict[str, list[str]] = {}  # the steps with which each job ends
    for job in found:
        before = [end for need in job.needs for end in ends[need]]
        items, finally_ = jobs.items(job, alone=len(found) == 1, head=made.head)
        for item in items:
            if graph and not isinstance(item, Note):
                made.steps.append(placed(item, before, []))
                before = [item["id"]]
            else:
                made.steps.append(item)
        ends[job.name] = list(dict.fromkeys(before))
        made.finally_ += finally_


def begins(root: Node, inputs: Inputs, head: dict[str, Any]) -> list[Note]:
    """`on`: the inputs and the times; other events begin nothing here."""
    notes: list[Note] = []
    path, value = root.at("on"), root.take("on")
    if not isinstance(value, dict):
        value = {text_of(each): None for each in list_of(value)}
    on = Node(root.source, path, value)
    for name in ("workflow_dispatch", "workflow_call"):
        event = Node(root.source, on.at(name), on.take(name))
        inputs_at = event.at("inputs")
        notes += read_inputs(root.source, inputs_at, event.take("inputs"), inputs)
        notes += event.left_over({}, f"`{name}`")
    if inputs.fields:
        head["inputs"] = inputs.fields
    line = on.line("schedule")
    notes += times(on.take("schedule"), line, inputs, head)
    why = "begins nothing here; a schedule, a trigger or a person does"
    for note in on.left_over({}, "`on`"):
        words = note.words.partition(" of `on`")[0]
        notes.append(Note(note.line, f"the event {words} is left out: it {why}"))
    return notes


def times(value: Json, line: int, inputs: Inputs, head: dict[str, Any]) -> list[Note]:
    notes: list[Note] = []
    rest = {"overlap": "allow", "catchup": "none"}
    found = [
        time
        for each in list_of(value)
        if isinstance(each, dict)
        for time in begin_at(
            text_of(each.get("cron")),
            text_of(each.get("timezone")) or "UTC",
            rest,
            line,
            notes,
        )
    ]
    if not found:
        return notes
    lacking = [n for n, of in inputs.fields.items() if "default" not in of]
    if lacking:
        words = f"no time of it gives {', '.join(lacking)}"
        return [*notes, Note(line, f"`schedule` is left out: {words}")]
    head["schedule"] = found if len(found) > 1 else found[0]
    if inputs.fields:
        words = "inputs have their defaults then; there they are empty"
        notes.append(Note(line, f"`schedule` is not quite the same: {words}"))
    return notes
