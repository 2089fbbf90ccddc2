"""An extra is added to the very Weir that wants it, however that was installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine import extras
from engine.extras import how_to_add, packages_of


def test_in_an_environment_it_is_added_by_its_own_pip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/my weir/bin/python")
    assert how_to_add("notify") == (
        "'/opt/my weir/bin/python' -m pip install 'weir-workbench[notify]'"
    )


def test_pipx_injects_the_packages_of_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "weir-workbench"
    home.mkdir()
    (home / "pipx_metadata.json").touch()
    monkeypatch.setattr(sys, "prefix", str(home))
    assert how_to_add("notify") == "pipx inject weir-workbench 'apprise>=2.3'"


def test_where_there_is_no_pip_uv_adds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "executable", "/x/bin/python")
    assert how_to_add("web") == (
        "uv pip install --python /x/bin/python 'weir-workbench[web]'"
    )


@pytest.mark.parametrize("extra", ["anthropic", "keyring", "databases", "notify"])
def test_each_extra_that_is_asked_for_has_packages(extra: str) -> None:
    assert packages_of(extra)
