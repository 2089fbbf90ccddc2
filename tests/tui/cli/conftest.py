from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tui.cli.front import weir as command

Weir = Callable[..., Result]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace of this test's own, with nobody else's settings."""
    for name in ("WEIR_RUN_ID", "WEIR_DEBUG", "NO_COLOR", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "work"
    (root / "workflows").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def weir(workspace: Path) -> Weir:
    """Type a command in the workspace, without a terminal."""

    def typed(*words: str, typing: str | None = None) -> Result:
        return CliRunner().invoke(command, list(words), input=typing, prog_name="weir")

    return typed
