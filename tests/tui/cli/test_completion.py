"""What Tab offers: commands, and the words of this workspace."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from tests.tui.cli.here import Here
from tui.cli.completion import SHELLS, VARIABLE

Tab = Callable[..., dict[str, str]]
ASKING = """\
workflow: asking
title: Ask
steps:
  - {id: a, set: {x: 1}}
"""


@pytest.fixture
def tab(weir, monkeypatch: pytest.MonkeyPatch) -> Tab:
    """What is offered for the last of the words, and what is said of it."""

    def pressed(*words: str) -> dict[str, str]:
        monkeypatch.setenv(VARIABLE, "zsh_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(["weir", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        lines = weir().stdout.splitlines()
        return dict(zip(lines[1::3], lines[2::3], strict=True))

    return pressed


def test_commands_are_offered_with_what_they_do(tab: Tab) -> None:
    found = tab("sh")
    assert found == {"show": "Show a run and its steps."}
    assert "demo" not in tab("")
    assert tab("--pl") == {"--plain": "Lines in place of a screen."}
    assert tab("./") == {"./": "_"}  # a folder to open


def test_what_a_workspace_knows_is_offered(tab: Tab, here: Here) -> None:
    gate = here.gate(name="\x1b[31mred")
    run = here.run_of(gate)
    assert tab("run", "gr") == {"greet": "Greet someone"}
    assert tab("show", run[:3]) == {run: "greet, waiting"}
    assert tab("show", run, "--step", "") == {
        "draft": "set, succeeded",
        "review": "approval, waiting",
    }
    said = tab("approve", "")
    assert said.keys() == {gate}
    assert "\x1b" not in said[gate]


def test_where_nothing_is_known_nothing_is_offered_and_nothing_said(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tab("show", "") == {}
    assert tab("show", "r0none", "--step", "") == {}
    monkeypatch.chdir("/")
    assert tab("run", "") == {}


def test_workflows_are_offered_before_anything_was_ever_run(
    tab: Tab, workspace
) -> None:
    (workspace / "workflows" / "asking.yaml").write_text(ASKING)
    assert tab("run", "") == {"asking": "Ask"}
    assert not (workspace / ".weir").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_given_its_own(weir, shell: str) -> None:
    told = weir("completion", shell)
    assert f"{VARIABLE}={shell}_complete" in told.stdout


def test_the_shell_one_is_in_is_known(weir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert weir("completion").stdout == weir("completion", "fish").stdout
    monkeypatch.setenv("SHELL", "/bin/csh")
    refused = weir("completion")
    assert refused.exit_code == 2
    assert "say which shell: bash, zsh, fish" in refused.stderr


def test_bash_takes_what_it_is_given(weir) -> None:
    script = weir("completion", "bash").stdout
    done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
