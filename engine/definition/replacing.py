"""A step that uses a template, as what the template does."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from engine.definition.kinds import Use
from engine.definition.model import Definition, Step, StepTemplate

Library = Mapping[str, Definition]

# What a workflow's step says itself, whatever the template says. The other keys
# override the template's where the step gives them.
ALWAYS = frozenset({"id", "kind", "do", "with_", "route", "needs"})
UNSET = Step(id="", kind="", do=Use(name=""))


def link_use(step: Step, use: Use, library: Library) -> Step:
    template = library[f"step/{use.name}"]
    assert isinstance(template, StepTemplate)
    own = {
        name: getattr(step, name)
        for name in Step.__struct_fields__
        if name in ALWAYS or getattr(step, name) != getattr(UNSET, name)
    }
    return replace(
        template.body,
        **own
        | {
            "kind": template.body.kind,
            "do": template.body.do,
            "title": step.title or template.body.title,
            "template": template.name,
            "template_inputs": template.inputs,
        },
    )
