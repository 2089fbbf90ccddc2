"""What every test is given."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_trust(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A memory of its own for what may run here: never the person's real one."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("WEIR_STATE", str(folder))
    return folder
