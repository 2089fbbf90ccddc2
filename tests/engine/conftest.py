"""What tests of the engine may ask for."""

from __future__ import annotations

import pytest

from tests.engine.steps.conftest import server

__all__ = ["nobody_is_woken", "server"]


@pytest.fixture
def nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner of a test is one of its own."""
    monkeypatch.setattr("engine.desk.require_known", lambda *_: None)
    monkeypatch.setattr("engine.awake.ensure_runner", lambda *_: False)
