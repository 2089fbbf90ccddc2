"""Where a text that a person wrote is no JSON."""

from __future__ import annotations

import json


def broken_json(text: str) -> str:
    """Where and why a text is no JSON, for who wrote it; empty for one that is."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        said = error.msg[:1].lower() + error.msg[1:]
        return f"not JSON at line {error.lineno}, column {error.colno}: {said}"
    except RecursionError:
        return "nested too deeply"
    return ""
