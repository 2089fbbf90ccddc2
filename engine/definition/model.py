"""What the five kinds of definition say, once parsed: frozen values and nothing else.

`parse` makes these from text, `link` puts the definitions a workflow uses inside it,
and `msgspec.json` carries them to the store and back (`version.compiled`).
Durations are seconds. A `Json` value may hold templates in its strings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import field
from msgspec.structs import replace

from engine.definition.base import Json, Model
from engine.definition.begins import Schedule, Trigger
from engine.definition.kinds import (
    Approval,
    Artifact,
    Fail,
    Fallback,
    Http,
    Llm,
    Python,
    SetValues,
    Shell,
    Sql,
    SubRun,
    Tool,
    Unread,
    Use,
    Wait,
)
from engine.definition.typed import Fields

DefinitionKind = Literal["workflow", "step", "artifact", "agent", "source"]


class Retry(Model, frozen=True):
    """How often and how patiently a failed attempt is followed by another.

    `on` names the failures that are tried again, by their kind or their sign
    (`status:5xx` is any such); None: those that may pass by themselves.
    """

    attempts: int = 1
    delay: float = 1.0
    backoff: float = 2.0
    max_delay: float = 60.0
    jitter: float = 0.0
    on: tuple[str, ...] | None = None


class Route(Model, frozen=True):
    """Where to go next: `to` is a step's id or `end`. First match wins.

    `when` is an expression; `choice` matches the choice of the gate the route is on
    (also `expired` and `withdrawn`). A route with neither always matches.
    """

    to: str
    when: str | None = None
    choice: str | None = None


class Branch(Model, frozen=True):
    """An arm of `parallel`.

    `watches` are the branches whose `branches.<id>` it reads. Its summary is the text
    of the step that `summary` names, or of all its steps in order.
    """

    id: str
    steps: tuple[Step, ...]
    title: str = ""
    watches: tuple[str, ...] = ()
    cancel_when: str | None = None
    summary: str | None = None


# all: each arm must succeed; any: the first that does is enough; N: N of them are;
# ended: none need to, and all come to their end.
Join = Literal["all", "any", "ended"] | int


class Parallel(Model, frozen=True, tag="parallel"):
    """Branches side by side. When enough have succeeded the others are cancelled."""

    branches: tuple[Branch, ...]
    join: Join = "all"


class ForEach(Model, frozen=True, tag="for_each"):
    """The same steps for each item of a list, a range or a mapping.

    `items` and `key` are expressions; `key`, which reads the item, names its turn.
    """

    items: str
    steps: tuple[Step, ...]
    name: str = "item"  # what templates call the item
    key: str | None = None
    max_parallel: int | None = None  # None: all at once
    join: Join = "all"


class Turns(Model, frozen=True, tag="turns"):
    """What `link` makes of an `llm` step whose agent has tools: ask, call, ask again.

    One arm, in which the step `asks` is visited once a turn. What it leaves at last is
    what this leaves.
    """

    asks: str
    steps: tuple[Step, ...]
    join: Join = "all"


class Calls(Model, frozen=True, tag="calls"):
    """The calls a model has asked for in one turn, side by side: `asks` is its step.

    Each is an arm with the steps of its tool: the gate, if there is one, and the call.
    """

    asks: str
    tools: dict[str, tuple[Step, ...]]
    join: Join = "ended"


Container = Parallel | ForEach | Turns | Calls
CONTAINERS = (Parallel, ForEach, Turns, Calls)


# What a step does: exactly one of these stands in each.
Do = (
    Use
    | Llm
    | Shell
    | Http
    | Artifact
    | Approval
    | SetValues
    | Wait
    | Fail
    | SubRun
    | Parallel
    | ForEach
    | Turns
    | Calls
    | Sql
    | Python
    | Unread
)


def kind_of(do: Do) -> str:
    """The key that something to do is written with."""
    return str(do.__struct_config__.tag)


class Step(Model, frozen=True):
    """One thing to do. `kind` is the key it was written with (`use` before linking)."""

    id: str
    kind: str
    do: Do
    title: str = ""
    when: str | None = None
    requires: tuple[str, ...] = ()
    types: Fields = {}  # what it says of names that it requires
    with_: dict[str, Json] = field(default={}, name="with")
    retry: Retry = Retry()
    timeout: float | None = None
    output: Fields = {}
    safe: bool | None = None  # None: as the kind is (llm, artifact, http GET, set…)
    undo: Do | None = None
    on_error: str = "fail"  # fail | continue | route:<step>
    route: tuple[Route, ...] = ()
    needs: tuple[str, ...] | None = None  # None: the file is a list
    max_visits: int = 20
    unattended: bool = False
    # Set by link on a step that used a template: the inputs the template declares,
    # its own name, and that its text reads `inputs` as the values of `with`.
    template: str | None = None
    template_inputs: Fields = {}


class ContextSource(Model, frozen=True):
    """Where one context name comes from. Exactly one of these says it."""

    sql: str | None = None
    database: str | None = None
    one: bool = False
    file: str | None = None
    http: str | None = None
    headers: dict[str, str] = {}  # of the request
    shell: str | None = None
    expr: str | None = None
    project: str | None = None  # a fact of the run's project
    source: str | None = None  # a named source definition
    with_: dict[str, Json] = field(default={}, name="with")
    optional: bool = False
    ttl: float | None = None  # seconds for which a value that was found may be used


class Variants(Model, frozen=True):
    """Several workflows under one name: `use` gives each its weight.

    `by` is an expression over the inputs; equal values always lead to the same one.
    """

    use: dict[str, float]
    by: str


class Budget(Model, frozen=True):
    """What models may cost a run, in US dollars; `more` is offered when it is spent."""

    run: float
    more: float | None = None


class Workflow(Model, frozen=True, tag="workflow"):
    """What is to be done. After `link`, the last five fields hold what it uses.

    It has steps, or `variants` and none of its own.

    `children` are the inputs of the workflows that its `run` steps start.
    """

    name: str
    steps: tuple[Step, ...] = ()
    title: str = ""
    description: str = ""
    inputs: Fields = {}
    context: dict[str, ContextSource] = {}  # dotted names, in file order
    eligible: str | None = None
    timeout: float | None = None
    budget: Budget | None = None
    finally_: tuple[Step, ...] = field(default=(), name="finally")
    variants: Variants | None = None
    schedules: tuple[Schedule, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    agents: dict[str, Agent] = {}
    artifacts: dict[str, ArtifactTemplate] = {}
    sources: dict[str, Source] = {}
    children: dict[str, Fields] = {}
    asking: tuple[str, ...] = ()  # those of them that ask a person, or start what does

    def step(self, step_id: str) -> Step:
        """The step of that id, at any depth. Raises KeyError."""
        for step in all_steps(self):
            if step.id == step_id:
                return step
        raise KeyError(step_id)


def all_steps(workflow: Workflow) -> Iterator[Step]:
    """Every step of a workflow, also those that are done at the end whatever comes."""
    return every_step((*workflow.steps, *workflow.finally_))


def every_step(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Steps and those inside of them, in the order of the file."""
    for step in steps:
        yield step
        for arm in lists_in(step).values():
            yield from every_step(arm)


Steps = tuple[Step, ...]


def lists_in(step: Step) -> dict[str, tuple[Step, ...]]:
    """The lists of steps that stand in a step: by branch, or one without a name."""
    match step.do:
        case Parallel(branches=branches):
            return {branch.id: branch.steps for branch in branches}
        case ForEach(steps=steps) | Turns(steps=steps):
            return {"": steps}
        case Calls(tools=tools):
            return tools
        case _:
            return {}


def with_lists(step: Step, each: Callable[[Steps], Steps]) -> Step:
    """The step with other lists in it: each of those in it, as `each` has it."""
    match step.do:
        case Parallel(branches=branches) as do:
            new = tuple(replace(b, steps=each(b.steps)) for b in branches)
            return replace(step, do=replace(do, branches=new))
        case ForEach(steps=steps) | Turns(steps=steps):
            return replace(step, do=replace(step.do, steps=each(steps)))
        case Calls(tools=tools) as do:
            listed = {name: each(inner) for name, inner in tools.items()}
            return replace(step, do=replace(do, tools=listed))
        case _:
            return step


def is_graph(steps: tuple[Step, ...]) -> bool:
    """Whether a list is a graph instead: some step in it says what it `needs`."""
    return any(step.needs is not None for step in steps)


class StepTemplate(Model, frozen=True, tag="step"):
    name: str
    body: Step  # its id is the template's name
    title: str = ""
    description: str = ""
    inputs: Fields = {}


class ArtifactTemplate(Model, frozen=True, tag="artifact_template"):
    name: str
    body: Artifact
    title: str = ""
    description: str = ""


class Agent(Model, frozen=True, tag="agent"):
    name: str
    title: str = ""
    description: str = ""
    model: str | None = None
    provider: str | None = None
    system: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    tools: tuple[Tool, ...] = ()
    max_turns: int | None = None
    fallback: tuple[Fallback, ...] = ()


class Source(Model, frozen=True, tag="source"):
    name: str
    body: ContextSource
    title: str = ""
    description: str = ""
    inputs: Fields = {}


Definition = Workflow | StepTemplate | ArtifactTemplate | Agent | Source


class Problem(Model, frozen=True):
    """Why a definition can't be used: `path:line:column: message; hint`.

    Lines and columns count from 1; 0 when a problem has no place in a text.
    """

    path: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.message}" + (f"; {self.hint}" if self.hint else "")
