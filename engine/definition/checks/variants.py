"""Several workflows under one name: that each is there, and takes what it is given."""

from __future__ import annotations

from contextlib import suppress

from engine.definition.checks.checking import Checking
from engine.definition.checks.names import Names
from engine.definition.checks.reading import check_text, names_in
from engine.definition.checks.texts import Text
from engine.definition.checks.used import Library, find
from engine.definition.model import Variants, Workflow
from engine.errors import TemplateError


def check_variants(
    checking: Checking, front: Workflow, variants: Variants, library: Library
) -> None:
    """`by` reads the inputs alone: nothing else is there before a run begins."""
    text = Text(("variants", "by"), variants.by, "expression", judges=True)
    check_text(checking, text, Names(inputs=front.inputs))
    with suppress(TemplateError):  # told by the line above
        for first in sorted({name[0] for name in names_in(text)} - {"inputs"}):
            said = f"`{first}` is not there before a run begins"
            checking.tell(text.path, said, "`by` can read `inputs`")
    for name in variants.use:
        place = ("variants", "use", name)
        if find(checking, library, "workflow", name, place):
            other = library[f"workflow/{name}"]
            assert isinstance(other, Workflow)
            check_one(checking, front, other, place)


def check_one(
    checking: Checking, front: Workflow, other: Workflow, place: tuple[str, ...]
) -> None:
    if other.variants is not None:
        said = f"`{other.name}` is a choice between variants itself"
        checking.tell(place, said, "name the workflows it leads to")
        return
    for name in front.inputs:
        if name not in other.inputs:
            said = f"`{other.name}` has no input `{name}`"
            checking.tell(place, said, "add it there, or take it out here")
    for name, field in other.inputs.items():
        if field.required and not field.has_default and name not in front.inputs:
            said = f"`{other.name}` needs the input `{name}`"
            checking.tell(place, said, "add it to `inputs` here")
