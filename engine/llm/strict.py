"""Schemas as they are asked for strictly: objects that take nothing more."""

from __future__ import annotations

from typing import Any


def closed(schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """A schema whose objects take nothing more, and whether it can be held strictly.

    Strict output wants every property required; where one is optional, or an object
    is open, the schema goes as it is and is checked here alone.
    """
    if not _can_close(schema):
        return schema, False
    return _close(schema), True


def _can_close(schema: dict[str, Any]) -> bool:
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        if not properties or set(properties) != set(schema.get("required", ())):
            return False
        return all(_can_close(inner) for inner in properties.values())
    return _can_close(schema["items"]) if "items" in schema else True


def _close(schema: dict[str, Any]) -> dict[str, Any]:
    shut = {key: value for key, value in schema.items() if key != "default"}
    if schema.get("type") == "object":
        inside = schema["properties"].items()
        shut["properties"] = {name: _close(inner) for name, inner in inside}
        shut["additionalProperties"] = False
    if "items" in schema:
        shut["items"] = _close(schema["items"])
    return shut
