"""`weir check` and `weir schema`, in a workspace and outside of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.cli.here import GATED, read

BROKEN = "workflow: broken\nsteps:\n  - id: a\n    set: {x: 1}\n    routte: []\n"


@pytest.fixture
def workflows(workspace: Path) -> Path:
    return workspace / "workflows"


def test_good_definitions_are_counted_and_exit_0(weir, workflows: Path) -> None:
    (workflows / "greet.yaml").write_text(GATED)
    result = weir("check")
    assert (result.exit_code, result.stdout) == (0, "1 definition, no problems\n")


def test_a_problem_is_its_place_what_is_wrong_and_what_would_be_right(
    weir, workflows: Path
) -> None:
    (workflows / "broken.yaml").write_text(BROKEN)
    (workflows / "greet.yaml").write_text(GATED)
    result = weir("check")
    assert result.exit_code == 1
    place, said = result.stdout.split(": ", 1)
    assert place == "workflows/broken.yaml:5:5"
    assert "`routte`" in said
    assert "`route`" in said
    assert result.stderr == "1 problem in 1 of 2 definitions\n"


def test_a_broken_weir_toml_is_a_problem_beside_those_of_definitions(
    weir, workspace: Path, workflows: Path
) -> None:
    (workspace / "weir.toml").write_text('name = "x"\n[limits]\nstps = 1\n')
    (workflows / "broken.yaml").write_text(BROKEN)
    (workflows / "asks.yaml").write_text(
        GATED.replace("show:", "approvers: [role:x]\n      show:")
    )
    result = weir("check")
    assert result.exit_code == 1
    first, second = result.stdout.splitlines()
    assert first == "weir.toml:3:1: unknown key limits.stps; did you mean steps?"
    assert second.startswith("workflows/broken.yaml:5:5: ")
    assert result.stderr == "2 problems in weir.toml and 1 of 2 definitions\n"
    assert weir("check", "weir.toml").stdout == f"{first}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '\nprovider = "mokc"',
            "weir.toml:2:1: there is no model provider `mokc`; did",
        ),
        ('[providers.ours]\nmodel = "m"', "weir.toml:1:1: there is no model provider"),
        (
            '[providers.ours]\nprotocol = "cat"',
            "weir.toml:1:1: [providers.ours] protocol is 'cat', which nobody",
        ),
    ],
)
def test_a_provider_that_nobody_speaks_for_is_a_problem(
    weir, workspace: Path, workflows: Path, text: str, said: str
) -> None:
    (workspace / "weir.toml").write_text(text)
    (workflows / "greet.yaml").write_text(GATED)
    result = weir("check")
    assert result.exit_code == 1
    assert result.stdout.startswith(said)
    assert result.stderr == "1 problem in weir.toml\n"
    (workspace / "weir.toml").write_text('[providers.ours]\nbase_url = "http://x"')
    assert weir("check").exit_code == 0


def test_problems_are_json_too(weir, workflows: Path) -> None:
    (workflows / "broken.yaml").write_text(BROKEN)
    result = weir("check", "--json")
    assert result.exit_code == 1
    assert '"line": 5' in result.stdout


def test_a_file_outside_a_workspace_is_checked_alone(
    weir, tmp_path: Path, monkeypatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (elsewhere / "greet.yaml").write_text(GATED)
    assert weir("check", "greet.yaml").exit_code == 0
    (elsewhere / "uses.yaml").write_text(
        "workflow: uses\nsteps:\n  - {id: a, use: nowhere}\n"
    )
    result = weir("check", "uses.yaml")
    assert result.exit_code == 1
    assert result.stdout.startswith("uses.yaml:3:")


def test_what_a_file_uses_is_found_in_its_workspace(weir, workflows: Path) -> None:
    (workflows / "steps").mkdir()
    (workflows / "steps" / "note.yaml").write_text("step: note\nset: {x: 1}\n")
    (workflows / "uses.yaml").write_text(
        "workflow: uses\nsteps:\n  - {id: a, use: note}\n"
    )
    result = weir("check", "workflows/uses.yaml")
    assert (result.exit_code, result.stdout) == (0, "1 definition, no problems\n")


def test_what_is_used_and_has_problems_is_told_as_that(weir, workflows: Path) -> None:
    (workflows / "sub.yaml").write_text("workflow: sub\nsteps: []\n")
    (workflows / "uses.yaml").write_text(
        "workflow: uses\nsteps:\n  - {id: a, run: sub}\n"
    )
    result = weir("check", "workflows/uses.yaml")
    assert result.stdout == (
        "workflows/uses.yaml:3:18: workflow `sub` has problems;"
        " `weir check workflows/sub.yaml` tells them\n"
    )


def test_a_name_that_two_files_say_is_told_on_the_second(weir, workflows: Path) -> None:
    (workflows / "a.yaml").write_text(GATED)
    (workflows / "b.yaml").write_text(GATED)
    result = weir("check")
    assert result.stdout == (
        "workflows/b.yaml:1:1: `workflow/greet` is also in workflows/a.yaml;"
        " rename one\n"
    )


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe\x00", b"\x00\x01\x02", b"x" * 10_000_000, b"", b"- 1\n", b"a: [1\n"],
)
def test_a_file_of_anything_is_a_problem_and_no_traceback(
    weir, workflows: Path, data: bytes
) -> None:
    (workflows / "bad.yaml").write_bytes(data)
    result = weir("check")
    assert result.exit_code == 1
    assert result.stdout.startswith("workflows/bad.yaml")
    assert "Traceback" not in result.output


def test_a_link_is_told_and_not_followed(weir, workflows: Path) -> None:
    (workflows / "away.yaml").symlink_to("/etc/passwd")
    result = weir("check")
    assert result.exit_code == 1
    assert "link" in result.stdout
    assert "root" not in result.stdout


def test_a_path_that_is_not_there_is_refused(weir) -> None:
    result = weir("check", "nowhere.yaml")
    assert result.exit_code == 2
    assert result.stderr == (
        "weir: there is no nowhere.yaml; name a file or a folder\n"
    )


def test_a_folder_is_checked_without_what_was_installed_there(
    weir, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text("workflow: mine\nsteps: [{id: a, wait: 1s}]\n")
    installed = [tmp_path / name for name in ("env", ".hidden", "node_modules")]
    for folder in installed:
        folder.mkdir()
        (folder / "theirs.yaml").write_text("else: x\n")
    (installed[0] / "pyvenv.cfg").touch()
    result = weir("check", str(tmp_path))
    assert result.exit_code == 0, result.stderr
    assert "1 definition" in result.stdout


def test_a_folder_without_definitions_says_so(weir, tmp_path: Path) -> None:
    assert weir("check").stdout == (
        "no definitions in workflows/; `weir init` writes some\n"
    )
    (tmp_path / "empty").mkdir()
    assert weir("check", str(tmp_path / "empty")).exit_code == 2


@pytest.mark.parametrize("kind", ["workflow", "step", "artifact", "agent", "source"])
def test_a_schema_is_printed_for_each_kind(weir, kind: str) -> None:
    assert read(weir("schema", kind))["$schema"].startswith("https://json-schema.org/")
    assert read(weir("schema", "--json"))
