"""The drawn page is what the tables say."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_page_about_the_machine_is_up_to_date() -> None:
    drawn = runpy.run_path(str(ROOT / "docs" / "draw_machine.py"))["page"]()
    assert (ROOT / "docs" / "machine.md").read_text() == drawn
