"""A new workflow: its name, its file, what comes with it, and what may run of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definition.parse import parse
from engine.errors import CommandRefused, NotFound, WeirError
from engine.starter import examples
from engine.starting import FIRST, make_workspace
from engine.trust import Trust
from engine.workspace import Workspace, open_workspace
from engine.writing.around import around
from engine.writing.making import Making, making, write, wrong_name
from engine.writing.starters import starter_of, starters
from tests.given import make_workspace as with_files

MODELINE = "# yaml-language-server: $schema=.weir-schema.json\n"
OWN = """\
workflow: own   # ours
title: Ours
schedule: {cron: "0 8 * * *"}
steps:
  - {id: a, set: {x: 1}}  # one step
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """One that `weir init` has made."""
    root = tmp_path / "ws"
    make_workspace(root, None)
    return open_workspace(root)


def made(workspace: Workspace, name: str, said: str = "", title: str = "") -> Making:
    there = around(workspace)
    starter = starter_of(there, said) if said else None
    found = making(workspace, there, name, title=title, starter=starter)
    write(workspace, found)
    return found


def test_a_blank_one_is_sound_and_says_its_schema(workspace: Workspace) -> None:
    found = made(workspace, "price", title="A price: new")
    text = (workspace.root / "workflows/price.yaml").read_text()
    assert text.startswith(
        MODELINE + 'workflow: price\ntitle: "A price: new"\nsteps:\n'
    )
    assert found.problems == ()
    assert text.split("\n")[found.place.line - 1] == "  - id: first"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("hello", "a workflow `hello` already, in workflows/hello.yaml"),
        ("My Flow", "small letters, digits, - and _; `my-flow` is one"),
        ("", "small letters"),
        ("../x", "small letters"),
        ("x" * 65, "small letters"),
        ("broken", "a workflow `broken` already, in workflows/mine.yaml"),
        ("other", "workflows/other.yaml is there already"),
    ],
)
def test_a_name_that_cannot_be_is_told_with_the_reason(
    workspace: Workspace, name: str, reason: str
) -> None:
    folder = workspace.definitions
    (folder / "mine.yaml").write_text("workflow: broken\nsteps: []\n")
    (folder / "other.yaml").write_text("agent: other-one\n")
    assert reason in wrong_name(workspace, around(workspace), name)
    with pytest.raises(WeirError):
        making(workspace, around(workspace), name)


def test_a_file_that_came_to_be_meanwhile_is_not_overwritten(
    workspace: Workspace,
) -> None:
    found = making(workspace, around(workspace), "price")
    file = workspace.definitions / "price.yaml"
    file.write_text("mine")
    with pytest.raises(WeirError, match="is there already, and stays as it is"):
        write(workspace, found)
    assert file.read_text() == "mine"


def test_one_of_ones_own_is_taken_over_with_its_comments(workspace: Workspace) -> None:
    (workspace.definitions / "sub").mkdir()
    own = "# yaml-language-server: $schema=../.weir-schema.json\n" + OWN
    (workspace.definitions / "sub/own.yaml").write_text(own)
    made(workspace, "copy", "own", "The copy")
    assert (workspace.definitions / "copy.yaml").read_text() == MODELINE + (
        OWN.replace(": own ", ": copy ")
        .replace("Ours", "The copy", 1)
        .replace("schedule", "# schedule")
    )


def test_what_a_starter_uses_comes_where_it_is_not_there(workspace: Workspace) -> None:
    mine = "agent: controller\nsystem: Mine.\n"
    (workspace.definitions / "mine.yaml").write_text(mine)
    found = made(workspace, "look", "contract")
    assert [*found.files] == ["workflows/agents/counsel.yaml", "workflows/look.yaml"]
    assert found.kept == ("workflows/mine.yaml",)
    assert found.problems == ()
    counsel = (workspace.definitions / "agents/counsel.yaml").read_text()
    assert counsel.startswith(MODELINE.replace("=", "=../"))


def test_what_its_settings_lack_is_told(workspace: Workspace) -> None:
    found = made(workspace, "ren", "renewal")
    assert {p.message for p in found.problems} == {"there is no database `crm`"}
    assert found.data == "renewal"


def test_something_else_in_the_place_of_what_it_uses_stops_it(
    workspace: Workspace,
) -> None:
    (workspace.definitions / "agents/counsel.yaml").write_text("agent: someone\n")
    with pytest.raises(WeirError, match=r"agents/counsel.yaml is something else"):
        made(workspace, "look", "contract")
    assert not (workspace.definitions / "look.yaml").exists()


def test_where_there_is_no_schema_it_is_written(tmp_path: Path) -> None:
    root = with_files(tmp_path / "ws", {})
    found = made(open_workspace(root), "price")
    assert "workflows/.weir-schema.json" in found.files
    assert (root / "workflows/.weir-schema.json").is_file()


@pytest.mark.parametrize("example", examples())
def test_an_examples_name_means_its_first_workflow(
    workspace: Workspace, example: str
) -> None:
    found = starter_of(around(workspace), example)
    assert (found.name, found.of) == (FIRST[example].workflow, f"example {example}")


def test_every_workflow_that_weir_comes_with_can_be_begun_from(
    workspace: Workspace,
) -> None:
    there = around(workspace)
    every = [*starters(there)]
    assert len(every) == len({each.name for each in every}) > 10
    for each in every:
        found = making(workspace, there, "mine", starter=each)
        assert parse(found.files[found.path], "mine.yaml").problems == []


def test_an_unknown_starter_is_told_with_the_nearest(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="did you mean `renewal-prepare`"):
        starter_of(around(workspace), "renewal-prepar")


def someone_elses(tmp_path: Path) -> Workspace:
    return open_workspace(with_files(tmp_path / "theirs", {"own.yaml": OWN}))


def test_what_weir_writes_may_run_in_a_folder_of_someone_else(tmp_path: Path) -> None:
    workspace = someone_elses(tmp_path)
    found = made(workspace, "look", "contract")
    definitions = {p: t for p, t in found.files.items() if p.endswith(".yaml")}
    assert len(definitions) == 3
    assert Trust.open().untrusted(workspace.root, definitions) == []


def test_a_copy_of_what_may_not_run_may_not_run_either(tmp_path: Path) -> None:
    workspace = someone_elses(tmp_path)
    found = made(workspace, "copy", "own")
    text = {found.path: found.files[found.path]}
    assert Trust.open().untrusted(workspace.root, text) == [found.path]


def test_a_run_cannot_write_definitions(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEIR_RUN_ID", "r1")
    with pytest.raises(CommandRefused):
        made(workspace, "price")
    assert not (workspace.definitions / "price.yaml").exists()
