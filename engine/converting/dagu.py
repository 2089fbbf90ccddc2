"""The definition of a Dagu file: steps with `depends` become a list or a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.converting.carried import (
    Converted,
    LeftOut,
    Node,
    NotCarriedOver,
    Note,
    Source,
    Step,
    Undecided,
    begin_at,
    begun,
    camel,
    list_of,
    placed,
    require_decided,
    require_something,
    text_of,
)
from engine.converting.dagu_attempts import goes_on
from engine.converting.dagu_shape import Shape, shape_of
from engine.converting.dagu_steps import Making, words_of
from engine.converting.dagu_values import (
    Variables,
    condition,
    read_env,
    read_params,
    read_secrets,
)
from engine.definition.check import Known
from engine.definition.model import Definition

WHY_LEFT = {
    "maxActiveRuns": "a schedule says `overlap`; runs by hand may be side by side",
    "maxActiveSteps": "how many steps may be at work is said by [limits] in weir.toml",
    "tags": "workflows have none",
    "group": "workflows have none; use a folder",
    "logDir": "logs are kept in the store",
    "histRetentionDays": "histories are kept until `weir prune`",
    "dotenv": "say in weir.toml which variables and secrets there are",
    "mailOn": "nothing is mailed; `weir inbox` and a step under `finally` can tell",
    "skipIfSuccessful": "each time begins a run",
    "workerSelector": "steps run on this machine",
    "smtp": "nothing is mailed",
    "runConfig": "who may begin a run may give it inputs",
}
# What says for all steps how they are done.
OF_ALL_STEPS = ("container", "ssh", "redis", "harness", "defaults", "stepTypes")
OUTCOMES = {
    "exit": "",
    "success": "succeeded",
    "failure": "failed",
    "cancel": "cancelled",
    "abort": "cancelled",
}


def converted(
    source: Source, name: str, library: Mapping[str, Definition], known: Known
) -> Converted:
    """The workflow of a Dagu file. Raises NotCarriedOver where nothing is left."""
    root = Node(source, (), source.root, camel)
    require_steps_of_their_own(root)
    made = begun(root, name)
    if description := text_of(root.take("description")).strip():
        made.head["description"] = description
    variables = Variables()
    made.notes += read_params(root, variables)
    made.notes += read_secrets(root, variables, known.secrets or frozenset())
    made.notes += read_env(root, variables)
    if variables.fields:
        made.head["inputs"] = variables.fields
    made.notes += schedule(root, variables, made.head)
    if seconds := root.count("timeoutSec", notes=made.notes):
        made.head["timeout"] = seconds
    cwd, shell = cwd_of(root, made.notes), words_of(root.take("shell"))
    whole = condition_of_the_whole(root, variables, made.notes)
    shape = shape_of(source, root)
    making = Making(source, variables, library, shape.ids, cwd, shell)
    made.notes += shape.notes
    made.steps = steps(making, shape, whole)
    require_something(made)
    made.finally_ = handlers(making, root, whole)
    made.notes += root.left_over(WHY_LEFT, "the whole")
    return made


def require_steps_of_their_own(root: Node) -> None:
    for key in OF_ALL_STEPS:
        if root.peek(key):
            told = "says how all steps are done, and nothing here means that"
            raise NotCarriedOver(f"line {root.line(key)}: `{key}` {told}")


def condition_of_the_whole(
    root: Node, variables: Variables, notes: list[Note]
) -> list[str]:
    line = root.line("preconditions")
    try:
        found = condition(root.take("preconditions", "precondition"), variables.scope)
    except LeftOut as why:
        raise NotCarriedOver(
            f"a precondition of the whole can't be carried over: it {why}; take it"
            " out of the file, or write a first step that fails"
        ) from None
    if found:
        told = "a run in which they are not met does nothing and succeeds"
        notes.append(Note(line, f"`preconditions` of the whole: {told}"))
    return found


def cwd_of(root: Node, notes: list[Note]) -> str:
    """The folder that all steps run in; one outside of the workspace is told."""
    line = root.line("workingDir")
    folder = text_of(root.take("workingDir"))
    if folder.startswith(("/", "~", "$")) or ".." in folder.split("/"):
        told = f"`workingDir` {folder} is left out: steps run in the workspace's folder"
        notes.append(Note(line, told))
        return ""
    return folder


def steps(making: Making, shape: Shape, whole: list[str]) -> list[Note | Step]:
    found: list[Note | Step] = []
    conditions: dict[str, list[str]] = {}  # under which what needs a step is done
    left_out: dict[str, list[str]] = {}  # what needs such a step needs these instead
    undecided: set[str] = set()
    for each in shape.steps:
        notes: list[Note] = []
        wanted = [*whole, *(c for need in each.needs for c in conditions[need])]
        needs = [n for need in each.needs for n in left_out.get(need, [need])]
        free = goes_on(each.node)
        try:
            require_decided(each.needs, undecided)
            scope, own = making.guarded(each.node, shape.before(each.id))
            wanted += own
            step = making.step(each, scope, notes)
        except LeftOut as why:
            words = f"the step `{each.name}` is left out: it {why}"
            found.append(Note(each.line, words, making.source.original(each.path)))
            left_out[each.id] = list(dict.fromkeys(needs))
            undecided |= {each.id} if isinstance(why, Undecided) else set()
            making.lose(each)
        else:
            in_graph = needs if shape.graph else None
            found += [*notes, placed(step, in_graph, wanted)]
        conditions[each.id] = [] if free else list(dict.fromkeys(wanted))
    return found


def handlers(making: Making, root: Node, whole: list[str]) -> list[Note | Step]:
    """`handlerOn`, as what is done at the end; `exit` last, as there."""
    path = root.at("handlerOn")
    given = Node(making.source, path, root.take("handlerOn"), camel)
    found: list[Note | Step] = []
    for name in ("success", "failure", "cancel", "abort", "exit"):
        if not given.has(name):
            continue
        at, line = given.at(name), given.line(name)
        notes: list[Note] = []
        try:
            step = making.handler(name, at, given.take(name), notes)
        except LeftOut as why:
            words = f"`handlerOn.{name}` is left out: it {why}"
            found.append(Note(line, words, making.source.original(at)))
            continue
        outcome = OUTCOMES[name]
        ended = [f'run.outcome == "{outcome}"'] if outcome else []
        met = whole if name == "success" else []
        found += [*notes, placed(step, None, [*met, *ended])]
    found += given.left_over({"init": "write it as the first step"}, "handlerOn")
    return found


def schedule(root: Node, variables: Variables, head: dict[str, Any]) -> list[Note]:
    line, path = root.line("schedule"), root.at("schedule")
    notes: list[Note] = []
    given = root.take("schedule")
    if isinstance(given, dict):
        node = Node(root.source, path, given, camel)
        given = node.take("start")
        notes += node.left_over({}, "the schedule")
    if not given:
        return notes
    lacking = [n for n, field in variables.fields.items() if "default" not in field]
    if lacking:
        words = f"no time of it gives {', '.join(lacking)}, which has no default now"
        return [*notes, Note(line, f"`schedule` is left out: {words}")]
    times = [
        each
        for said in list_of(given)
        for each in begin_at(*zoned(text_of(said)), {"catchup": "none"}, line, notes)
    ]
    if not times:
        return notes
    rest = overlap(root, notes)
    times = [each | rest for each in times]
    head["schedule"] = times if len(times) > 1 else times[0]
    return notes


def overlap(root: Node, notes: list[Note]) -> dict[str, Any]:
    """`maxActiveRuns`, which only a schedule keeps to here."""
    line, most = root.line("maxActiveRuns"), root.peek("maxActiveRuns")
    if not isinstance(most, int):
        return {}
    root.take("maxActiveRuns")
    if most > 1:
        words = "here it is one run at a time, or any number, as said now"
        notes.append(Note(line, f"`maxActiveRuns: {most}`: {words}"))
    return {} if most == 1 else {"overlap": "allow"}


def zoned(text: str) -> tuple[str, str]:
    """The five fields, and the time zone that may stand before them."""
    words = text.split()
    zone = words[0].partition("=")[2] if words and "TZ=" in words[0] else ""
    return " ".join(words[1:] if zone else words), zone
