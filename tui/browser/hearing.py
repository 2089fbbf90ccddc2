"""What a page's script says, as packets for the workbench behind it."""

from __future__ import annotations

import json
from typing import Any

import msgspec

MOST_CELLS = 1000  # columns or lines; no screen has more, and each is painted


def packet(kind: bytes, payload: bytes) -> bytes:
    """D: what was typed; M: anything else. As Textual's web driver reads them."""
    return kind + len(payload).to_bytes(4, "big") + payload


def heard(text: str) -> bytes | None:
    """The packet for what a script says; None for what is not for the workbench."""
    match decoded(text):
        case ["stdin", str(typed)]:
            return packet(b"D", typed.encode("utf-8", "replace"))
        case ["resize", {"width": int(width), "height": int(height)}]:
            size = {"width": cells(width), "height": cells(height)}
            return meta("resize", **size)
        case ["blur" | "focus" as kind]:
            return meta(kind)
        case _:
            return None


def echoed(text: str) -> str | None:
    """The answer to a script that asks how far away we are; None for anything else."""
    match decoded(text):
        case ["ping", str(when)]:
            return json.dumps(["pong", when])
        case _:
            return None


def meta(kind: str, **more: int) -> bytes:
    return packet(b"M", msgspec.json.encode({"type": kind, **more}))


def cells(number: int) -> int:
    return max(1, min(number, MOST_CELLS))


def decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
