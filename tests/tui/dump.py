"""What is on the screen, as text: the compositor's own strips, one line each."""

from __future__ import annotations

from typing import Any

from textual.app import App


def dump(app: App[Any]) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)
