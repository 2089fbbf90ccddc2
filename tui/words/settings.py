"""A setting of a person: its value, and where that is from."""

from __future__ import annotations

from tui.settings import Setting, Value


def source(each: Setting) -> str:
    return "config.toml" if each.given else "as usual"


def told(value: Value) -> str:
    """`on`, a name, or keys with a comma between."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g} s"
    return value if isinstance(value, str) else ", ".join(value) or "none"
