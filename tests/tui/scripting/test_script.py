"""The script's file and lines: nobody else reads it, and nothing in it is obeyed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from engine.errors import WeirError
from engine.redacting import Redaction
from engine.workspace import Config, Workspace
from tests.tui.bench import Room
from tui.scripting.desk import scripting
from tui.scripting.script import Script
from tui.scripting.session import Session
from tui.scripting.words import Ref, line_of, remark

NO_SECRETS = Redaction({})
HOSTILE = [
    "plain",
    "",
    "two words",
    "it's",
    "$(touch pwned)",
    "`touch pwned`",
    "a\nrm -rf x",
    "\\",
    "*",
    "~",
    "#no comment",
    "; touch pwned #",
    "é \u202e \x1b[2J",
]


@pytest.mark.parametrize("word", HOSTILE)
def test_a_shell_reads_a_word_as_it_was(word: str, tmp_path: Path) -> None:
    line = line_of(["printf", "%s", word], NO_SECRETS)
    done = subprocess.run(["sh", "-c", line], capture_output=True, cwd=tmp_path)
    assert done.stdout.decode() == word
    assert [*tmp_path.iterdir()] == []


def test_an_id_that_is_another_one_each_time_is_a_variable() -> None:
    assert line_of(["pause", Ref("run_1")], NO_SECRETS) == 'pause "$run_1"'


@pytest.mark.parametrize("text", HOSTILE)
def test_a_comment_is_one_line_whatever_stands_in_it(text: str) -> None:
    said = remark(f"refused: {text}", NO_SECRETS)
    assert said.startswith("# refused:")
    assert len(said.splitlines()) == 1
    assert "\x1b" not in said


def test_a_secret_is_a_variable_that_whoever_runs_it_sets() -> None:
    known = Redaction({"crm-key": "s3cr3t-of-ours"})
    line = line_of(["run", "x", "-i", "key=s3cr3t-of-ours it's"], known)
    assert "s3cr3t" not in line
    told = f'set -eu; set -- {line.removeprefix("run x -i ")}; printf %s "$1"'
    words = ["sh", "-c", told]
    env = {"PATH": os.environ["PATH"]}
    stopped = subprocess.run(words, capture_output=True, env=env)
    assert stopped.returncode != 0
    assert b"SECRET_CRM_KEY" in stopped.stderr
    env["SECRET_CRM_KEY"] = "other$x"
    done = subprocess.run(words, capture_output=True, env=env)
    assert done.stdout == b"key=other$x it's"
    assert "s3cr3t" not in remark("refused: s3cr3t-of-ours", known)


def script_at(file: Path, **secrets: str) -> Script:
    config = Config(name="bil\nling", secrets=secrets)
    return Script(file, Workspace(file.parent, config), "ana", lambda: 1_800_000_000.0)


def test_its_owner_alone_reads_it_and_it_is_there_as_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "s.sh"
    script = script_at(file)
    assert file.stat().st_mode & 0o777 == 0o600
    script.keep([script.line(["pause", "r1"])])
    lines = file.read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert "in bil ling, by ana" in lines[1]
    assert lines[-1] == "weir pause r1"
    assert lines[-2].startswith("# 2027-01-15 ")
    script.close()


def test_a_session_is_added_to_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "s.sh"
    for run in ("r1", "r2"):
        script = script_at(file)
        script.keep([script.line(["pause", run])])
        script.close()
    text = file.read_text()
    assert text.count("#!/bin/sh") == 1
    assert text.index("weir pause r1") < text.index("weir pause r2")


def fill_the_disk_of(script: Script) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, script._handle)
    os.close(full)


def test_on_a_full_disk_what_is_done_is_done_and_the_end_says_what_is_missing(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path / "ws")
    room.desk.close()
    file = tmp_path / "s.sh"

    def works_until_it_is_full() -> None:
        with scripting(room.root, file, wakes=False) as desk:
            desk.open_project("acme")
            fill_the_disk_of(desk.script)
            assert desk.open_project("bolt").name == "bolt"
            session = Session(desk.script)
            session.error(WeirError("no such run"))
            session.wrote("new", "ship")

    with pytest.raises(
        WeirError, match=r"s\.sh does not hold all of it: No space left"
    ):
        works_until_it_is_full()
    assert "project new acme" in file.read_text()


def test_nothing_is_added_after_what_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "s.sh"
    script = script_at(file)
    kept = os.dup(script._handle)
    fill_the_disk_of(script)
    script.keep([script.line(["pause", "r1"])])
    os.dup2(kept, script._handle)
    os.close(kept)
    script.keep([script.line(["resume", "r1"])])
    script.close()
    assert "resume" not in file.read_text()


def test_what_is_something_else_stays_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "notes"
    other.write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(other)
    for file, why in (
        (other, "is there already and is no script"),
        (link, "can't be written"),
        (tmp_path, "can't be written"),
        (tmp_path / "no" / "s.sh", "can't be written"),
    ):
        with pytest.raises(WeirError, match=why):
            script_at(file)
    assert other.read_text() == "mine"


def test_a_secret_of_the_workspace_is_not_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM", "s3cr3t-of-ours")
    file = tmp_path / "s.sh"
    script = script_at(file, crm="env:CRM")
    script.keep([script.line(["fill", "r1", "key=s3cr3t-of-ours"])])
    script.refused("weir fill", "s3cr3t-of-ours does not fit")
    script.close()
    text = file.read_text()
    assert "s3cr3t" not in text
    assert 'weir fill r1 key="${SECRET_CRM:?}"' in text
