"""A step more in a workflow's file: made, checked among all others, then written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, count

from msgspec import Struct
from msgspec.structs import replace

from engine.definition import yaml
from engine.definition.base import Json
from engine.definition.checks.checking import Checking
from engine.definition.checks.lists import Listed, lists_of
from engine.definition.inserting import insert
from engine.definition.model import Workflow, all_steps
from engine.definition.parse import Parsed
from engine.definition.shapes.step import END
from engine.definition.words import among, did_you_mean, is_name
from engine.errors import NotFound, WeirError
from engine.files import replace_file
from engine.people import refuse_inside_a_run
from engine.trust import Trust
from engine.workspace import Workspace
from engine.writing.around import NO_DEFINITIONS, Around, may_run
from engine.writing.choices import Choice, values_of

BOM = "\ufeff"
NONE: Mapping[str, str] = {}


class Place(Struct, frozen=True):
    """A place among the steps of a workflow: after one of them, or before it."""

    step: str
    before: bool = False
    depth: int = 0

    @property
    def words(self) -> str:
        return f"{'before' if self.before else 'after'} {self.step}"


class Addition(Struct, frozen=True):
    """A file with a step more, which is not written yet. `line` is the step's.

    `what`, `place` and `given` are what it was made from, as a command says it.
    """

    path: str
    id: str
    line: int
    before: bytes
    after: bytes
    trusted: bool
    what: str = ""
    place: Place | None = None
    given: Mapping[str, str] = NONE


class Target:
    """The workflow that a step is added to, as its file stands.

    Raises NotFound, and WeirError for a file that can't be read or has no steps.
    """

    def __init__(self, around: Around, name: str) -> None:
        self.around = around
        self.name = name
        self.path = path_of(around, name)
        self.workflow = readable(around.parsed[self.path])
        checking = Checking(self.path, around.parsed[self.path].marks)
        self.lists = lists_of(checking, self.workflow)

    @property
    def text(self) -> str:
        return self.around.texts[self.path].decode()

    @property
    def ids(self) -> list[str]:
        return [step.id for step in all_steps(self.workflow) if step.id]

    def where(self, step: str) -> tuple[Listed, int]:
        """The list that a step stands in, and which of it it is. Raises NotFound."""
        for listed in self.lists:
            for number, each in enumerate(listed.steps):
                if each.id == step:
                    return listed, number
        hint = did_you_mean(step, self.ids, f"the steps are {among(self.ids, 30)}")
        raise NotFound(f"`{self.name}` has no step `{step}`; {hint}")

    def places(self) -> Iterator[Place]:
        """Every place, in the order of the file; the first of a list comes twice."""
        for step in self.ids:
            listed, number = self.where(step)
            depth = len(listed.around)
            if not number and not listed.is_graph:
                yield Place(step, True, depth)
            yield Place(step, False, depth)

    def free_id(self, choice: Choice) -> str:
        """An id for a step that does this, which no other has."""
        first = choice.name.replace("_", "-")
        numbered = (f"{first}-{number}" for number in count(2))
        return next(own for own in chain([first], numbered) if not self.wrong_id(own))

    def wrong_id(self, own: str) -> str:
        """Why no new step can have this id; nothing when one can."""
        if not is_name(own):
            return "an id is made of small letters, digits, - and _"
        if own == END:
            return f"`{END}` is where a run ends"
        if own in self.ids:
            return f"`{self.name}` has a step `{own}` already"
        return ""


def path_of(around: Around, name: str) -> str:
    path = around.paths.get(f"workflow/{name}")
    if path is None:
        names = [k.partition("/")[2] for k in around.paths if k.startswith("workflow/")]
        hint = did_you_mean(name, names, f"there is {among(names)}")
        raise NotFound(f"there is no workflow `{name}` that can be read; {hint}")
    return path


def readable(parsed: Parsed) -> Workflow:
    workflow = parsed.draft
    assert isinstance(workflow, Workflow), "found by the key of a workflow"
    if workflow.variants is not None:
        one_of = among(workflow.variants.use)
        raise WeirError(
            f"`{workflow.name}` is a choice between variants; add to one of {one_of}"
        )
    if not workflow.steps:
        raise WeirError(f"{parsed.path} has no steps that can be read; mend it first")
    return workflow


def addition(
    workspace: Workspace,
    target: Target,
    choice: Choice,
    *,
    own: str = "",
    place: Place | None = None,
    given: Mapping[str, str] = NONE,
) -> Addition:
    """The file with a step more. Nothing is written.

    Without a place it is the last of the workflow's own steps. Raises NotFound,
    InvalidValues, and WeirError with every problem that would be new.
    """
    own = own or target.free_id(choice)
    if wrong := target.wrong_id(own):
        raise WeirError(wrong)
    if choice.key == f"workflow/{target.name}":
        raise WeirError(
            f"`{target.name}` would start itself, and that one itself again"
        )
    place = place or Place(target.workflow.steps[-1].id)
    listed, number = target.where(place.step)
    step = choice.step(own, values_of(choice, given))
    if listed.is_graph:
        step["needs"] = [needed(place)]
    at = (*listed.place, number + (not place.before))
    found = checked(workspace, target, own, at, step)
    return replace(found, what=choice.key, place=place, given=dict(given))


def needed(place: Place) -> str:
    """What a step of a graph needs that comes there. Raises WeirError."""
    if place.before:
        raise WeirError(
            "the steps there are a graph, in which nothing comes before by its place;"
            " say after which step"
        )
    return place.step


def checked(
    workspace: Workspace,
    target: Target,
    own: str,
    at: tuple[str | int, ...],
    step: dict[str, Json],
) -> Addition:
    bom = BOM if target.text.startswith(BOM) else ""
    *listed, number = at
    assert isinstance(number, int), "the last of a step's path is its number"
    text = insert(target.text.removeprefix(BOM), tuple(listed), number, step)
    before, after = target.around.texts[target.path], (bom + text).encode()
    if problems := target.around.new_problems({target.path: after}):
        told = "; ".join(str(problem) for problem in problems)
        raise WeirError(f"with `{own}` there it would be wrong: {told}")
    line = yaml.read(text, target.path).marks.value(at).line
    trusted = may_run(workspace, {target.path: before})
    return Addition(target.path, own, line, before, after, trusted)


def add(workspace: Workspace, found: Addition) -> None:
    """Write it. Raises FileRefused, with nothing changed, for a file that has changed.

    What may run before may run after: a person has put the step there.
    """
    refuse_inside_a_run(NO_DEFINITIONS)
    replace_file(workspace.root, found.path, found.before, found.after)
    if found.trusted:
        Trust.open().trust_texts(workspace.root, {found.path: found.after})
