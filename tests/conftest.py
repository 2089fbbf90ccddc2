"""What every test is given."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

# A shell that starts the tests in the background has them, and all that they start,
# ignore ctrl-c; some of them are about it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_trust(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A memory of its own for what may run here: never the person's real one."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("WEIR_STATE", str(folder))
    return folder


@pytest.fixture(autouse=True)
def own_config(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Where settings of its own would be: never those of the person."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder / "weir" / "config.toml"
