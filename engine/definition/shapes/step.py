"""The shape of a step: one thing to do, and when, how often and where to after it."""

from __future__ import annotations

import re
from typing import Any

from engine.definition.kinds import Approval, SubRun, Use, Wait
from engine.definition.kinds import Unread as Nothing
from engine.definition.model import Do, ForEach, Parallel, Retry, Route, Step
from engine.definition.shapes.arms import ARMS
from engine.definition.shapes.basic import (
    Anything,
    Duration,
    Expression,
    Flag,
    Matching,
    Name,
    Number,
    Schema,
    Shape,
    Text,
    Whole,
)
from engine.definition.shapes.compound import Either, ListOf, MapOf, Then
from engine.definition.shapes.fields import FIELD, IDENTIFIER, PROPERTIES
from engine.definition.shapes.gate import DOTTED
from engine.definition.shapes.mapping import (
    Key,
    MappingOf,
    keys_schema,
    read_keys,
)
from engine.definition.shapes.work import KINDS, UNDO
from engine.definition.spot import Spot, Unread
from engine.definition.typed import Field
from engine.definition.words import did_you_mean, is_name, shown

END = "end"
ON_ERROR = ("fail", "continue")

# What is said of work, which a step that holds steps leaves to them.
OF_WORK = ("retry", "timeout", "output", "safe", "undo", "requires", "unattended")

# What is said in the workflow of a run that a step starts.
OF_ITS_WORKFLOW = {
    "timeout": "say `timeout` at the top of its workflow, or on its steps",
    "retry": "put `retry` on the steps of its workflow",
}

# What only a step of a workflow does.
OF_A_STEP = ("use", "run", *ARMS)

# What stands in a draft for a step that could not be read.
BROKEN = Step(id="", kind="", do=Nothing())

# The kinds of failure of an attempt, and the signs that say it more exactly.
FAILURES = (
    "exit", "http", "limit", "lost", "missing", "model", "output", "timeout",
    "unanswered",
)  # fmt: skip
SIGN = re.compile(r"status:[1-5](\d\d|xx)|exit:[1-9]\d{0,2}")
MEANT = {"refused": "unanswered", "connection": "unanswered", "network": "unanswered"}


class FailureWord(Text):
    """One kind of failure that is tried again."""

    def __init__(self) -> None:
        super().__init__("a kind of failure, such as timeout or status:5xx")

    def read(self, spot: Spot) -> str:
        if isinstance(spot.value, int) and not isinstance(spot.value, bool):
            hint = f"write `status:{spot.value}` or `exit:{spot.value}`"
            raise spot.wrong(f"`{spot.value}` alone is no kind of failure", hint)
        text = super().read(spot).strip()
        if text in FAILURES or SIGN.fullmatch(text):
            return text
        raise spot.wrong(f"`{shown(text)}` is no kind of failure", self.near(text))

    def near(self, text: str) -> str:
        if text in MEANT:
            return f"did you mean `{MEANT[text]}`?"
        known = (*FAILURES, "status:404", "status:5xx", "exit:75")
        return did_you_mean(text, known, f"known here: {', '.join(known)}")

    def schema(self, defs: Schema) -> Schema:
        return {"anyOf": [{"enum": list(FAILURES)}, {"pattern": f"^({SIGN.pattern})$"}]}


def check_retry(spot: Spot, values: dict[str, Any]) -> None:
    if "on" in values and values.get("attempts", 1) == 1:
        hint = "say `attempts`, how many there may be in all"
        told = "`on` is of no effect: there is one attempt and no other"
        spot.child("on").wrong(told, hint, at_key=True)


RETRY = MappingOf(
    "a retry",
    Retry,
    {
        "attempts": Key(Whole(1, 1000), "How many attempts in all."),
        "delay": Key(Duration(zero=True), "How long before the second attempt."),
        "backoff": Key(Number(1, 100), "By how much each delay is longer."),
        "max_delay": Key(Duration(), "The longest delay."),
        "jitter": Key(Number(0, 1), "How much of a delay is left to chance."),
        "on": Key(
            ListOf(FailureWord(), "a list of kinds of failure", least=1),
            "Which failures are tried again; those that may pass, when left out.",
        ),
    },
    check_retry,
)


def check_route(spot: Spot, values: dict[str, Any]) -> None:
    if values.get("choice") in ("timeout", "expire"):
        hint = "did you mean `expired`?"
        spot.child("choice").wrong("no choice is called so", hint)


ROUTE = MappingOf(
    "a route",
    Route,
    {
        "to": Key(Name("the id of a step, or end"), "Where to.", required=True),
        "when": Key(Expression(), "Only when this is true."),
        "choice": Key(
            Name("the name of a choice"),
            "Only for this choice of the gate; also expired and withdrawn.",
        ),
    },
    check_route,
)

WITHOUT_BRACES = "write it without braces"
NAMES = ListOf(
    Matching("a dotted name like customer.arr", DOTTED, WITHOUT_BRACES),
    "a list of dotted names",
)

REQUIRES: Shape[dict[str, Field | None]] = Either(
    "a list of dotted names, or a mapping of them to types",
    items=Then(NAMES, lambda names: dict.fromkeys(names)),
    mapping=MapOf(FIELD, "a mapping of dotted names to types", DOTTED, WITHOUT_BRACES),
)


class OnError(Text):
    """Whether the run ends with a step that failed for good, or where it goes on."""

    def __init__(self) -> None:
        super().__init__("fail, continue or route:<step>")

    def read(self, spot: Spot) -> str:
        text = super().read(spot).strip()
        target = text.removeprefix("route:").strip()
        if text.startswith("route:") and is_name(target):
            return f"route:{target}"
        if text in ON_ERROR:
            return text
        near = did_you_mean(text, ON_ERROR)
        message = f"`on_error` is `{shown(text)}`; it must be {self.words}"
        raise spot.wrong(message, near)

    def schema(self, defs: Schema) -> Schema:
        route = "route: *[a-z0-9][a-z0-9_-]*"
        return {"type": "string", "pattern": f"^({'|'.join(ON_ERROR)}|{route})$"}


class Undo(Shape[Do]):
    """What an undo does: one thing, as a step does one."""

    words = UNDO.words

    def read(self, spot: Spot) -> Do:
        before = len(spot.reading.problems)
        if isinstance(spot.value, dict) and len(spot.value) != 1:
            spot.wrong("an undo does one thing", "write `shell:` or `http:`")
        done = UNDO.read(spot)
        if len(spot.reading.problems) > before:
            raise Unread
        return next(iter(done.values()))

    def schema(self, defs: Schema) -> Schema:
        return UNDO.schema(defs) | {"minProperties": 1, "maxProperties": 1}


COMMON: dict[str, Key] = {
    "title": Key(Text(), "What people call it."),
    "when": Key(Expression(), "The step is skipped when this is false."),
    "requires": Key(REQUIRES, "What must be known before it begins."),
    "with": Key(
        MapOf(
            Anything(),
            "a mapping of inputs to values",
            IDENTIFIER,
            "a letter, then letters, digits and `_`",
        ),
        "What a step template is given.",
        into="with_",
    ),
    "retry": Key(RETRY, "How a failed attempt is followed by another."),
    "timeout": Key(Duration(), "How long one attempt may take."),
    "output": Key(PROPERTIES, "What it leaves, by name and type."),
    "safe": Key(Flag(), "true: doing it twice does no harm."),
    "undo": Key(Undo(), "How it is undone on a roll back."),
    "on_error": Key(OnError(), "What follows when it has failed for good."),
    "route": Key(
        ListOf(ROUTE, "a list of routes", least=1), "Where to next; first match wins."
    ),
    "needs": Key(
        ListOf(Name("the id of a step"), "a list of step ids"),
        "The steps that must be done before. A file with `needs` is a graph.",
    ),
    "max_visits": Key(Whole(1, 10_000), "How often a loop may come back; 20."),
    "unattended": Key(Flag(), "true: text from outside may flow in without a gate."),
}
DOING: dict[str, Key] = KINDS | ARMS
STEP_ID = Key(Name("the id of a step", taken=(END,)), "Its name here.", required=True)
STEP_KEYS: dict[str, Key] = {"id": STEP_ID} | COMMON | DOING


class StepShape(Shape[Step]):
    """A step of a workflow. What can't be read is told; the rest stands in a draft."""

    words = "a step, a mapping with `id` and what it does"

    def read(self, spot: Spot) -> Step:
        if not isinstance(spot.value, dict):
            raise spot.wrong_type(self.words)
        values = read_keys(spot, STEP_KEYS, "a step")
        given = spot.value.get("id")
        name = given if isinstance(given, str) and is_name(given) else ""
        return make_step(spot, values, name)

    def schema(self, defs: Schema) -> Schema:
        return one_kind(keys_schema(STEP_KEYS, defs))


def make_step(spot: Spot, values: dict[str, Any], name: str) -> Step:
    """A step out of what was read. Exactly one of the keys says what it does."""
    kinds = [kind for kind in spot.value if kind in DOING]
    if not kinds:
        # A template, which has no id, does one thing itself.
        own = "id" in spot.value
        here = [kind for kind in (*KINDS, *ARMS) if own or kind not in OF_A_STEP]
        hint = f"add one of {', '.join(here)}"
        spot.wrong("the step does nothing", hint)
    for extra in kinds[1:]:
        hint = "make two steps of it"
        both = f"a step does one thing; this one has `{kinds[0]}` and `{extra}`"
        spot.child(extra).wrong(both, hint, at_key=True)
    kind = kinds[0] if kinds else ""
    do: Do = values.get(kind, BROKEN.do)
    check_whole(spot, values, kind, do)
    common = {key.into or n: values[n] for n, key in COMMON.items() if n in values}
    required: dict[str, Field | None] = common.pop("requires", {})
    types = {name: field for name, field in required.items() if field is not None}
    return Step(
        id=name, kind=kind, do=do, requires=tuple(required), types=types, **common
    )


def check_whole(spot: Spot, values: dict[str, Any], kind: str, do: Do) -> None:
    if "with" in values and not isinstance(do, (Use, SubRun)):
        hint = "remove it, or say `use` or `run`"
        told = "`with` is what `use` and `run` are given"
        spot.child("with").wrong(told, hint, at_key=True)
    for name in OF_WORK:
        if name in values and isinstance(do, (Parallel, ForEach)):
            hint = "put it on a step inside"
            told = f"`{kind}` does nothing itself that `{name}` could be about"
            spot.child(name).wrong(told, hint, at_key=True)
    for name, hint in OF_ITS_WORKFLOW.items():
        if name in values and isinstance(do, SubRun):
            told = f"`{name}` is not about a run that a step starts"
            spot.child(name).wrong(told, hint, at_key=True)
    if "undo" in values and isinstance(do, SubRun):
        told = "the run that a step starts is rolled back with it"
        hint = "put `undo` on the steps of its workflow"
        spot.child("undo").wrong(told, hint, at_key=True)
    if "timeout" in values and isinstance(do, Approval):
        hint = "put it into `approval`, with `on_timeout`"
        spot.child("timeout").wrong(
            "a gate's `timeout` stands inside it", hint, at_key=True
        )
    if "timeout" not in values and isinstance(do, Wait) and do.awaits:
        hint = "add `timeout:`, such as 2d; `on_error` says what follows then"
        told = "what is waited for may never come, and there is no `timeout`"
        spot.child(kind).wrong(told, hint, at_key=True)
    if "on_error" in values and isinstance(do, Approval):
        hint = "say `on_timeout`, and `route` for the choices"
        told = "what nobody has answered is not gone on from with `on_error`"
        spot.child("on_error").wrong(told, hint, at_key=True)
    if "on_error" in values and kind == "fail":
        hint = "remove it, or route to what shall follow"
        spot.child("on_error").wrong("`fail` is there to fail", hint, at_key=True)
    if "route" in values and kind == "fail":
        hint = "remove the route"
        spot.child("route").wrong("nothing follows `fail`", hint, at_key=True)


def one_kind(schema: Schema) -> Schema:
    """A mapping's schema with exactly one of the kinds in it."""
    return schema | {"oneOf": [{"required": [kind]} for kind in DOING]}


STEP = StepShape()
