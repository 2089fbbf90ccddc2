"""`weir convert`: what it writes, what it tells, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

DAGU = "tags: [x]\nparams: [NAME: you]\nsteps:\n  - echo $NAME\n  - uname; rm '$NAME'\n"
ACTIONS = "on: push\njobs: {one: {steps: [{run: ls}, {uses: a/b@v1}]}}\n"


def test_a_workflow_is_written_that_has_no_problems(weir, workspace: Path) -> None:
    (workspace / "Greet You.yaml").write_text(DAGU)
    result = weir("convert", "dagu", "Greet You.yaml")
    assert result.exit_code == 0, result.output
    assert "wrote workflows/greet-you.yaml\n" in result.stdout
    assert result.stderr.splitlines()[0].startswith("Greet You.yaml:1: `tags`")
    assert "Greet You.yaml:5: the step `step-2` is left out" in result.stderr
    assert weir("check").stdout == "1 definition, no problems\n"


def test_a_file_of_which_nobody_says_what_it_is_names_what_there_is(
    weir, workspace: Path
) -> None:
    (workspace / "ci.yaml").write_text(ACTIONS)
    result = weir("convert", "ci.yaml")
    assert result.exit_code == 2
    assert result.stderr == (
        "weir: no such command 'ci.yaml';"
        " say weir convert with one of langgraph, dagu, actions\n"
    )


def test_what_is_there_already_stays(weir, workspace: Path) -> None:
    (workspace / "ci.yaml").write_text(ACTIONS)
    (workspace / "workflows/ci.yaml").write_text("mine")
    result = weir("convert", "actions", "ci.yaml")
    assert result.exit_code == 1
    assert "is there already" in result.stderr
    assert (workspace / "workflows/ci.yaml").read_text() == "mine"
    assert weir("convert", "actions", "ci.yaml", "--name", "other").exit_code == 0


def test_it_is_written_as_a_new_workflow_is(weir, workspace: Path) -> None:
    (workspace / "ci.yaml").write_text(ACTIONS)
    assert weir("convert", "actions", "ci.yaml").exit_code == 0
    assert weir("new", "other").exit_code == 0
    made, other = (workspace / f"workflows/{name}.yaml" for name in ("ci", "other"))
    assert made.stat().st_mode == other.stat().st_mode
    modeline = "# yaml-language-server: $schema=.weir-schema.json\n"
    assert made.read_text().startswith(modeline)
    assert (workspace / "workflows/.weir-schema.json").exists()


def test_a_name_that_a_workflow_has_in_another_file_is_refused(
    weir, workspace: Path
) -> None:
    (workspace / "ci.yaml").write_text(ACTIONS)
    there = workspace / "workflows/there.yaml"
    there.write_text("workflow: ci\nsteps: [{id: a, shell: ls}]\n")
    result = weir("convert", "actions", "ci.yaml")
    assert result.exit_code == 1
    assert "already, in workflows/there.yaml; say another --name" in result.stderr
    assert [*(workspace / "workflows").iterdir()] == [there]


def test_no_link_leads_out_of_the_workspace(weir, workspace: Path) -> None:
    (workspace / "ci.yaml").write_text(ACTIONS)
    (workspace / "workflows").rmdir()
    (workspace / "elsewhere").mkdir()
    (workspace / "workflows").symlink_to("elsewhere")
    result = weir("convert", "actions", "ci.yaml")
    assert result.exit_code == 1
    assert "goes through a link" in result.stderr
    assert [*(workspace / "elsewhere").iterdir()] == []


def test_a_run_can_not_write_one(
    weir, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "ci.yaml").write_text(ACTIONS)
    monkeypatch.setenv("WEIR_RUN_ID", "r1")
    result = weir("convert", "actions", "ci.yaml")
    assert result.exit_code == 1
    assert "a run can't write definitions" in result.stderr


def test_it_can_be_printed_and_nothing_written(weir, workspace: Path) -> None:
    (workspace / "ci.yaml").write_text(ACTIONS)
    result = weir("convert", "actions", "ci.yaml", "--print")
    assert result.stdout.startswith("# line 1: the event `push` is left out")
    assert "\nworkflow: ci\n" in result.stdout
    assert "uses `a/b@v1`" in result.stderr
    assert [*(workspace / "workflows").iterdir()] == []


def test_a_file_of_which_nothing_is_left_is_refused(weir, workspace: Path) -> None:
    (workspace / "ci.yaml").write_text("on: push\njobs: {one: {uses: a/b.yml}}\n")
    result = weir("convert", "actions", "ci.yaml")
    assert result.exit_code == 1
    assert "no step can be carried over" in result.stderr
    assert [*(workspace / "workflows").iterdir()] == []


@pytest.mark.parametrize("words", ["langgraph graphs:triage", "dagu flow.yaml"])
def test_who_would_import_a_definition_is_led_to_convert(weir, words: str) -> None:
    refused = weir("import", *words.split())
    assert refused.exit_code == 2
    assert f"`weir convert {words.split()[0]}` makes a definition" in refused.stderr
