from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.awake import runner_lock
from tests.tui.cli.here import Here
from tui.cli.front import weir as command

Weir = Callable[..., Result]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace of this test's own, with nobody else's settings."""
    for name in ("WEIR_RUN_ID", "WEIR_DEBUG", "NO_COLOR", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WEIR_STATE", str(tmp_path / "state"))
    root = tmp_path / "work"
    (root / "workflows").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def here(workspace: Path) -> Iterator[Here]:
    place = Here(workspace)
    # Its place is taken, so that no command wakes a runner in a process of its own.
    with runner_lock(place.engine.workspace):
        yield place
    place.database.close()


@pytest.fixture
def weir(workspace: Path) -> Weir:
    """Type a command in the workspace, without a terminal."""

    def typed(*words: str, typing: str | None = None) -> Result:
        return CliRunner().invoke(command, list(words), input=typing, prog_name="weir")

    return typed
