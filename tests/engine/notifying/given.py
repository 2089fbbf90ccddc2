"""Messages to begin a test with."""

from __future__ import annotations

from typing import Any

from store.records import NoticeRecord


def notice(**about: Any) -> NoticeRecord:
    told = {"about": "a1", "occasion": "asked", "target": "ops", "run": "r1"}
    return NoticeRecord(**{**told, "risk": "normal", "why": "", "at": 0.0, **about})
