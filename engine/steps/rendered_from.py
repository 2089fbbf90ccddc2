"""What a document was rendered from: kept beside it by digest, and told at its head."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.context.lookup import lookup
from engine.definition.checks.reading import names_in
from engine.definition.checks.texts import of_artifact
from engine.definition.kinds import Artifact
from engine.definition.template_values import ABSENT, dotted
from engine.steps.work import Work

Json = Any


def data_of(body: Artifact, scope: dict[str, Json]) -> bytes:
    """The values by their dotted names, as JSON that is the same for the same values.

    Those that `data` names, or else those that the templates read. What is not there
    was not read, and what an earlier name holds whole is not kept a second time.
    """
    names = {tuple(name.split(".")) for name in body.data} or {
        tuple(map(str, name))
        for text in of_artifact(body, ())
        for name in names_in(text)
    }
    kept = {}
    for name in sorted(names):
        held = any(name[:size] in names for size in range(1, len(name)))
        if not held and (value := lookup(scope, name)) is not ABSENT:
            kept[dotted(name)] = value
    return msgspec.json.encode(kept, order="sorted", enc_hook=str)


def front_matter(work: Work, title: str, digest: str) -> str:
    """YAML between two lines of dashes: where the document comes from, and when."""
    import yaml  # for the few documents that have it

    about = {
        "title": title,
        "run": work.run,
        "workflow": work.workflow.name,
        "version": work.state.version,
        "written": work.scope["now"].replace(microsecond=0),
        "data": digest,
    }
    told = yaml.safe_dump(
        about, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return f"---\n{told}---\n\n"
