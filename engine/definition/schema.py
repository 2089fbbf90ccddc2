"""JSON Schema of the files, for editors: said by the same tables that read them."""

from __future__ import annotations

from typing import Any

from engine.definition.shapes.files import FILES
from engine.errors import NotFound

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TITLES = {
    "workflow": "A Weir workflow",
    "step": "A Weir step template",
    "artifact": "A Weir artifact template",
    "agent": "A Weir agent",
    "source": "A Weir context source",
}


def schema(kind: str | None = None) -> dict[str, Any]:
    """The schema of one kind of file, or of any. Raises NotFound for another word."""
    if kind is not None and kind not in FILES:
        raise NotFound(f"there is no kind `{kind}`; there are {', '.join(FILES)}")
    defs: dict[str, Any] = {}
    head = {"$schema": DRAFT, "title": TITLES[kind] if kind else "A Weir definition"}
    if kind is not None:
        body = FILES[kind].schema(defs)
    else:
        body = {"oneOf": [shape.schema(defs) for shape in FILES.values()]}
    return head | body | ({"$defs": defs} if defs else {})
