"""What a step can do: a kind of step, a step template, another workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from engine.definition.base import Json
from engine.definition.checks.used import holds_template
from engine.definition.fields import accept, missing_value, unknown_value
from engine.definition.model import StepTemplate, Workflow
from engine.definition.shapes.step import DOING
from engine.definition.sketches import KINDS, sketch
from engine.definition.typed import Field, Fields
from engine.definition.words import among, did_you_mean
from engine.definition.written import block
from engine.errors import InvalidValues, NotFound, WeirError
from engine.writing.around import Around

KIND, TEMPLATE, WORKFLOW = "kind of step", "step template", "workflow"
# The key that each is written with in a step; a kind is its own.
WRITTEN = {TEMPLATE: "use", WORKFLOW: "run"}


class Choice(Struct, frozen=True):
    """`what` is one of the three; `about` says what it is for."""

    name: str
    what: str
    about: str = ""
    inputs: Fields = {}

    @property
    def key(self) -> str:
        """As it can be said where another one has the name too."""
        prefix = {TEMPLATE: "step/", WORKFLOW: "workflow/"}.get(self.what, "")
        return prefix + self.name

    def preview(self) -> list[str]:
        """What it is for, and each input; of a kind what is written for it."""
        if self.what == KIND:
            return [self.about, *block(self.step(self.name, {}))]
        return [self.about, *map(input_line, self.inputs, self.inputs.values())]

    def step(self, own: str, given: Mapping[str, Json]) -> dict[str, Json]:
        """A step that does it, as it is written in a file."""
        if self.what == KIND:
            return {"id": own, self.name: sketch(self.name, own)}
        with_ = {"with": {**given}} if given else {}
        return {"id": own, WRITTEN[self.what]: self.name, **with_}


def input_line(name: str, field: Field) -> str:
    return f"{name}  {about_field(field)}"


def about_field(field: Field) -> str:
    """Its type, what it is when it is left out, and what it is for."""
    needed = "needed" if field.required else ""
    return told(field, kind_of(field), unless_given(field) or needed)


def kind_of(field: Field) -> str:
    return among(map(str, field.enum)) if field.enum else field.type


def unless_given(field: Field) -> str:
    if not field.has_default:
        return ""
    default = "nothing" if field.default in ("", None) else field.default
    return f"{default} unless given"


def told(field: Field, *words: str) -> str:
    """These words of a field, and its own about what it is for."""
    before = ", ".join(each for each in words if each)
    return ": ".join(e for e in (before, field.description or field.title) if e)


def choices(around: Around) -> Iterator[Choice]:
    """Templates, then workflows, then kinds, each by name."""
    library = sorted(around.library.items())
    for _, each in library:
        if isinstance(each, StepTemplate):
            about = each.description or each.title
            yield Choice(each.name, TEMPLATE, about, each.inputs)
    for _, each in library:
        if isinstance(each, Workflow) and each.variants is None:
            about = each.title or each.description
            yield Choice(each.name, WORKFLOW, about, each.inputs)
    for kind in KINDS:
        yield Choice(kind, KIND, DOING[kind].about)


def choice_of(around: Around, said: str) -> Choice:
    """The choice of a name, or of a key. Raises NotFound with the nearest one."""
    every = [*choices(around)]
    # What Weir calls so is meant first: it means the same in each workspace.
    for each in sorted(every, key=lambda each: each.what != KIND):
        if said in (each.name, each.key):
            return each
    names = [each.name for each in every]
    hint = did_you_mean(said, names, f"there is {among(names, 30)}")
    raise NotFound(f"no step template, workflow or kind of step `{said}`; {hint}")


def values_of(choice: Choice, given: Mapping[str, str]) -> dict[str, Json]:
    """What is given to a step, out of words as typed; a template stays a text.

    Raises InvalidValues with all that is wrong or lacking.
    """
    if choice.what == KIND and given:
        raise WeirError(f"a `{choice.name}` step is given nothing: it says all itself")
    problems: list[str] = []
    values: dict[str, Json] = {}
    for name, text in given.items():
        if name not in choice.inputs:
            problems.append(unknown_value(name, choice.inputs, "input"))
        else:
            values[name] = value_of(name, choice.inputs[name], text, problems)
    for name, field in choice.inputs.items():
        if field.required and not field.has_default and name not in given:
            problems.append(missing_value(name, field, "input"))
    if problems:
        raise InvalidValues(problems)
    return values


def value_of(name: str, field: Field, text: str, problems: list[str]) -> Json:
    if holds_template(text):
        return text
    needed = {name: replace(field, required=True, has_default=False)}
    try:
        return accept(needed, {name: text}, text=True)[name]
    except InvalidValues as error:
        problems += error.problems
        return None
