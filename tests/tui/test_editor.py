"""Handing the terminal to an editor, and having it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from engine.errors import WeirError
from tui.app import Workbench
from tui.editor import open_editor


class Terminal:
    """Handed over as Textual does it: had back only where nothing was raised."""

    ours = True

    @contextmanager
    def suspend(self) -> Iterator[None]:
        self.ours = False
        yield
        self.ours = True


@pytest.mark.parametrize(
    ("editor", "says"),
    [("false", "false ended with 1"), ("no-such-editor", "can't be started")],
)
def test_the_terminal_is_ours_again_when_an_editor_fails(
    editor: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    terminal = Terminal()
    with pytest.raises(WeirError, match=says):
        open_editor(cast("Workbench", terminal), tmp_path / "draft.md")
    assert terminal.ours
