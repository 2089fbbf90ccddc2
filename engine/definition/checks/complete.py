"""What a gate wants complete has to be a checklist: nothing else has items to tick."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definition.checks.checking import Checking
from engine.definition.checks.used import Library
from engine.definition.kinds import Approval, Artifact
from engine.definition.marks import Path
from engine.definition.model import ArtifactTemplate, Step


def check_complete(
    checking: Checking,
    step: Step,
    linked: Mapping[str, Step],
    library: Library,
    place: Path,
) -> None:
    gate = linked[step.id].do if step.id else step.do
    if not isinstance(gate, Approval):
        return
    for number, name in enumerate(gate.complete):
        of = name.removeprefix("artifacts.")
        made = linked[of].do if of in linked else None
        form = form_of(made, library) if isinstance(made, Artifact) else None
        if form not in (None, "checklist"):
            own = (*place, "approval", "complete", number)
            at = own if isinstance(step.do, Approval) else (*place, "use")
            hint = f"say `form: checklist` in `{of}`, or leave it out of `complete`"
            checking.tell(at, f"`{of}` is a {form}, which has nothing to tick", hint)


def form_of(made: Artifact, library: Library) -> str | None:
    """The form of a document; None where the template that says so is not there."""
    if made.use is None:
        return made.form
    template = library.get(f"artifact/{made.use}")
    return template.body.form if isinstance(template, ArtifactTemplate) else None
