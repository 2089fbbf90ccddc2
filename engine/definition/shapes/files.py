"""The shapes of the five kinds of file, each known by its first key."""

from __future__ import annotations

from typing import Any

from engine.definition.kinds import Approval, Artifact
from engine.definition.model import (
    Agent,
    ArtifactTemplate,
    Budget,
    ContextSource,
    Definition,
    Source,
    Step,
    StepTemplate,
    Variants,
    Workflow,
    every_step,
)
from engine.definition.shapes.basic import (
    Duration,
    Expression,
    Name,
    Number,
    Schema,
    Shape,
    Text,
    Whole,
)
from engine.definition.shapes.begins import SCHEDULES, TRIGGERS
from engine.definition.shapes.compound import Either, ListOf, MapOf, Then
from engine.definition.shapes.context import CONTEXT, SOURCE_KEYS, check_source
from engine.definition.shapes.fields import INPUTS
from engine.definition.shapes.mapping import (
    Key,
    MappingOf,
    keys_schema,
    misspelt,
    read_keys,
)
from engine.definition.shapes.step import (
    BROKEN,
    COMMON,
    DOING,
    STEP,
    make_step,
    one_kind,
)
from engine.definition.shapes.tools import TOOLS
from engine.definition.shapes.work import (
    BODY_KEYS,
    FALLBACK,
    MAX_TURNS,
    MODEL,
    PROVIDER,
    check_body,
)
from engine.definition.spot import Spot, Unread

TITLE = Key(Text(), "What people call it.")
ABOUT = Key(Text(), "What it is for, in a sentence.")
GIVEN = Key(INPUTS, "What it is given, by name and type.")


def name_key(kind: str) -> Key:
    name = Name(f"the name of the {kind}")
    return Key(name, f"The name of the {kind}.", required=True, into="name")


MOST_STEPS = 5000


def check_finally(spot: Spot, values: dict[str, Any]) -> None:
    """What is done at the end asks nobody, and is done in order."""
    steps: tuple[Step, ...] = values.get("finally", ())
    for number, step in enumerate(steps):
        at = spot.child("finally").child(number)
        for inner in every_step((step,)):
            if isinstance(inner.do, Approval):
                hint = "ask before the end, or say it in an `llm` or `shell` step"
                at.wrong(f"`{inner.id}` asks: a run that has ended asks nobody", hint)
        if step.needs is not None:
            told = "the steps of `finally` follow each other"
            at.child("needs").wrong(told, "remove it", at_key=True)


VARIANTS = MappingOf(
    "variants",
    Variants,
    {
        "use": Key(
            MapOf(
                Number(least=0),
                "weights by the names of workflows",
                r"[a-z][a-z0-9-]*",
                "the name of a workflow",
            ),
            "The workflows, each with its weight.",
            required=True,
        ),
        "by": Key(Expression(), "What chooses, alike for equal values.", required=True),
    },
)


def check_workflow(spot: Spot, values: dict[str, Any]) -> None:
    check_finally(spot, values)
    steps_or_variants(spot, values)


def steps_or_variants(spot: Spot, values: dict[str, Any]) -> None:
    """Exactly one of both; with variants, nothing that belongs to steps."""
    if "variants" not in spot.value:
        if "steps" in spot.value:
            return
        if misspelt("steps", spot, WORKFLOW.keys):
            raise Unread
        raise spot.wrong("a workflow needs `steps`", "add `steps:`, a list of steps")
    for name in ("steps", "finally", "context", "eligible", "timeout", "budget"):
        if name in spot.value:
            said = f"`{name}` is for the variants themselves to say"
            spot.child(name).wrong(said, "remove it", at_key=True)
    use = getattr(values.get("variants"), "use", None)
    if use is not None and sum(use.values()) <= 0:
        spot.child("variants").child("use").wrong("all of the weights are 0")


MONEY = Number(least=0)
BUDGET: Shape[Budget] = Either(
    "US dollars, or a mapping with `run`",
    number=Then(MONEY, lambda dollars: Budget(run=dollars)),
    mapping=MappingOf(
        "a budget",
        Budget,
        {
            "run": Key(MONEY, "US dollars that a run may spend.", required=True),
            "more": Key(MONEY, "How much more is offered when they are spent."),
        },
    ),
)


class WorkflowFile(MappingOf[Workflow]):
    def schema(self, defs: Schema) -> Schema:
        either = [{"required": ["steps"]}, {"required": ["variants"]}]
        return super().schema(defs) | {"oneOf": either}


WORKFLOW = WorkflowFile(
    "a workflow",
    Workflow,
    {
        "workflow": name_key("workflow"),
        "title": TITLE,
        "description": ABOUT,
        "inputs": GIVEN,
        "context": Key(CONTEXT, "What prompts can read, and where it comes from."),
        "eligible": Key(Expression(), "Whether a run is due: an expression."),
        "timeout": Key(Duration(), "How long a whole run may take."),
        "budget": Key(BUDGET, "What models may cost a run before a person is asked."),
        "steps": Key(
            ListOf(
                STEP,
                "a list of steps",
                least=1,
                most=MOST_STEPS,
                instead=lambda: BROKEN,
            ),
            "What is to be done, in order.",
        ),
        "finally": Key(
            ListOf(STEP, "a list of steps", most=MOST_STEPS, instead=lambda: BROKEN),
            "What is done at the end, however the run has ended.",
            into="finally_",
        ),
        "variants": Key(VARIANTS, "Several workflows under this name."),
        "schedule": Key(
            SCHEDULES, "When runs of it begin by themselves.", into="schedules"
        ),
        "trigger": Key(
            TRIGGERS, "What makes runs of it begin by themselves.", into="triggers"
        ),
    },
    check_workflow,
)

# Where a step stands among others is for the workflow to say.
OF_A_WORKFLOW = (
    "id", "use", "with", "route", "needs", "on_error", "run", "parallel", "for_each",
)  # fmt: skip

STEP_FILE_KEYS: dict[str, Key] = (
    {
        "step": name_key("step template"),
        "title": TITLE,
        "description": ABOUT,
        "inputs": GIVEN,
    }
    | {n: k for n, k in COMMON.items() if n not in (*OF_A_WORKFLOW, "title")}
    | {kind: key for kind, key in DOING.items() if kind not in OF_A_WORKFLOW}
)


class StepFile(Shape[StepTemplate]):
    words = "a step template"

    def read(self, spot: Spot) -> StepTemplate:
        for name in [name for name in spot.value if name in OF_A_WORKFLOW]:
            hint = "write it on the step that uses the template"
            said = f"`{name}` is not for a step template to say"
            spot.child(name).wrong(said, hint, at_key=True)
        own = {n: v for n, v in spot.value.items() if n not in OF_A_WORKFLOW}
        spot = Spot(own, spot.path, spot.reading)
        values = read_keys(spot, STEP_FILE_KEYS, "a step template")
        if "step" not in values:
            raise Unread
        body = make_step(spot, values, values["step"])
        return StepTemplate(
            name=values["step"],
            body=body,
            title=values.get("title", ""),
            description=values.get("description", ""),
            inputs=values.get("inputs", {}),
        )

    def schema(self, defs: Schema) -> Schema:
        schema = one_kind(keys_schema(STEP_FILE_KEYS, defs))
        known = schema["properties"]
        kinds = [one for one in schema["oneOf"] if one["required"][0] in known]
        return schema | {"oneOf": kinds}


def make_artifact(name: str, description: str = "", **body: Any) -> ArtifactTemplate:
    title = body.get("title", "")
    return ArtifactTemplate(
        name=name, body=Artifact(**body), title=title, description=description
    )


ARTIFACT_FILE = MappingOf(
    "an artifact template",
    make_artifact,
    {"artifact": name_key("artifact template"), "description": ABOUT}
    | BODY_KEYS
    | {
        "sections": Key(
            BODY_KEYS["sections"].shape, BODY_KEYS["sections"].about, required=True
        )
    },
    check_body,
)

AGENT = MappingOf(
    "an agent",
    Agent,
    {
        "agent": name_key("agent"),
        "title": TITLE,
        "description": ABOUT,
        "model": Key(MODEL, "Which model; weir.toml's when left out."),
        "provider": Key(PROVIDER, "Which provider; weir.toml's when left out."),
        "system": Key(Text(), "Who it is and how it works."),
        "temperature": Key(Number(0, 2), "0 for the same again, higher for variety."),
        "max_tokens": Key(Whole(1, 10_000_000), "The most it may answer."),
        "tools": TOOLS,
        "max_turns": MAX_TURNS,
        "fallback": FALLBACK,
    },
)


def make_source(
    name: str,
    title: str = "",
    description: str = "",
    inputs: Any = None,
    **body: Any,
) -> Source:
    return Source(
        name=name,
        body=ContextSource(**body),
        title=title,
        description=description,
        inputs=inputs or {},
    )


SOURCE = MappingOf(
    "a source",
    make_source,
    {
        "source": name_key("source"),
        "title": TITLE,
        "description": ABOUT,
        "inputs": GIVEN,
    }
    | SOURCE_KEYS,
    lambda spot, values: check_source(own(spot), values),
)


def own(spot: Spot) -> Spot:
    """A source file without the key that names it, which elsewhere is an origin."""
    body = {name: value for name, value in spot.value.items() if name != "source"}
    return Spot(body, spot.path, spot.reading)


FILES: dict[str, Shape[Definition]] = {
    "workflow": WORKFLOW,
    "step": StepFile(),
    "artifact": ARTIFACT_FILE,
    "agent": AGENT,
    "source": SOURCE,
}


def read_file(spot: Spot) -> Definition:
    """The definition of a file. Raises Unread when there is not even a draft."""
    return FILES[next(iter(spot.value))].read(spot)
