"""The context of a workflow: it hides no name, and each source has what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from engine.definition.checks import texts
from engine.definition.checks.checking import Checking, Known
from engine.definition.checks.lists import Listed
from engine.definition.checks.names import ROOTS, TURN, WORKFLOW, Names, Paths
from engine.definition.checks.reading import check_text
from engine.definition.checks.used import Library, check_origin, parameters
from engine.definition.fields import JSON_TYPES
from engine.definition.marks import Path
from engine.definition.model import ContextSource, Source, Step, Workflow
from engine.definition.words import did_you_mean


def check_context(
    checking: Checking, workflow: Workflow, library: Library, known: Known
) -> None:
    above, every = Paths(), Paths(workflow.context)
    for name, source in workflow.context.items():
        place = ("context", name)
        check_context_name(checking, name, place)
        check_origin(checking, source, place, library, known)
        names = Names(
            inputs=workflow.inputs,
            context=above,
            later=every,
            own=name,
            ran=None,
            env=known.env,
            secrets=known.secrets,
        )
        for text in (
            *texts.of_with(source.with_, place),
            *texts.of_source(source, place),
        ):
            check_text(checking, text, names)
        check_parameters(checking, source, place, names)
        named = library.get(f"source/{source.source}")
        if isinstance(named, Source):
            whose = f"the source `{named.name}`"
            inner = replace(names, inputs=named.inputs, inputs_of=whose)
            for text in texts.of_source(named.body, ()):
                check_text(checking, text, inner, whose, (*place, "source"))
        above.add(name)


def check_required(
    checking: Checking, lists: Iterable[Listed], linked: Mapping[str, Step]
) -> None:
    """No value can be of the types that two steps say of it."""
    before: dict[str, tuple[str, str]] = {}  # -> the type, and the step that says it
    for listed in lists:
        for step, place in listed.places():
            for name, field in (linked[step.id].types if step.id else {}).items():
                kind = JSON_TYPES.get(field.type, field.type)
                known, by = before.setdefault(name, (kind, step.id))
                if kind != known and {kind, known} != {"integer", "number"}:
                    own = (*place, "requires", name)
                    at = own if name in step.types else (*place, "use")
                    told = f"`{name}` is required as {kind}, and by `{by}` as {known}"
                    checking.tell(at, told, "no value is both")


def check_context_name(checking: Checking, name: str, place: Path) -> None:
    """A context name can't hide what every template can read."""
    root, _, rest = name.partition(".")
    if root == "workflow" and rest and rest not in WORKFLOW:
        return
    if root in (*ROOTS, TURN):
        hint = "take another name"
        checking.tell(
            place,
            f"`{name}` would hide what templates read as `{root}`",
            hint,
            at_key=True,
        )


def check_parameters(
    checking: Checking, source: ContextSource, place: Path, names: Names
) -> None:
    """The :names of a query: inputs, what `with` gives, and context that is a value."""
    known = {*(names.inputs or {}), *source.with_, *ROOTS}
    if names.context:
        known |= names.context.names.keys()
    for name in parameters(source.sql or ""):
        if name not in known:
            hint = did_you_mean(name, names.inputs or {}, "add it to the inputs")
            checking.tell(
                (*place, "sql"), f"the query reads :{name}, which nothing gives", hint
            )
