"""`weir run`: what is started, what is refused before that, and how it exits."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.trust import Trust
from tests.tui.cli.here import GATED

STRAIGHT = """\
workflow: straight
inputs:
  code: {type: integer, default: 0}
  word: {type: string}
steps:
  - id: say
    safe: true
    shell: "printf 'said %s\\\\n' {{ inputs.word | quote }}; exit {{ inputs.code }}"
"""
SLOW = """\
workflow: slow
steps:
  - {id: sleep, safe: true, shell: "echo begun; exec sleep 600"}
"""


class Place:
    """A workspace whose runner is a process of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in (("greet", GATED), ("straight", STRAIGHT), ("slow", SLOW)):
            (root / "workflows" / f"{name}.yaml").write_text(text)
        (root / "weir.toml").write_text('provider = "mock"\n')
        Trust.open().own(root)

    def weir(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*words), cwd=self.root, capture_output=True, text=True, input=given
        )

    def read(self, *words: str) -> object:
        return json.loads(self.weir(*words, "--json").stdout)


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from tui.cli import main; main()", *words]


@pytest.fixture
def place(workspace: Path) -> Iterator[Place]:
    place = Place(workspace)
    yield place
    place.weir("runner", "stop")


def test_a_run_that_succeeds_is_followed_and_exits_0(place: Place) -> None:
    done = place.weir("run", "straight", "-i", "word=a b")
    assert done.returncode == 0, done.stderr
    assert "say | said a b" in done.stdout
    assert "✓ succeeded  say" in done.stdout
    assert "said a b\n\n" not in done.stdout


def test_a_run_that_fails_exits_1_and_says_why(place: Place) -> None:
    done = place.weir("run", "straight", "-i", "word=x", "-i", "code=3")
    assert done.returncode == 1
    assert "✗ failed" in done.stdout


def test_a_run_that_asks_exits_3_with_the_command_that_answers(place: Place) -> None:
    done = place.weir("-C", str(place.root), "run", "greet")
    assert done.returncode == 3
    answer = done.stdout.splitlines()[-1].strip()
    assert answer.startswith(f"weir -C {place.root} approve a")
    approved = place.weir(*answer.split()[1:], "--yes")
    assert approved.returncode == 0, approved.stderr


def test_a_cancelled_run_exits_4(place: Place) -> None:
    with following(place, "slow") as follower:
        run = line_with(follower, "slow").split()[0]
        line_with(follower, "begun")
        assert place.weir("cancel", run).returncode == 0
        assert "cancelled" in follower.communicate()[0]
    assert follower.returncode == 4


def test_a_paused_run_exits_3(place: Place) -> None:
    with following(place, "slow") as follower:
        run = line_with(follower, "slow").split()[0]
        line_with(follower, "begun")
        assert place.weir("pause", run).returncode == 0
        assert f"weir resume {run}" in line_with(follower, "is paused;")
        follower.communicate()
    assert follower.returncode == 3
    place.weir("cancel", run)


def test_ctrl_c_leaves_the_run_running(place: Place) -> None:
    with following(place, "slow") as follower:
        run = line_with(follower, "slow").split()[0]
        line_with(follower, "begun")
        follower.send_signal(signal.SIGINT)  # as ctrl-c would
        assert follower.stderr is not None
        told = follower.stderr.read()
    assert follower.returncode == 130
    assert f"{run} goes on without this terminal; weir logs -f {run}" in told
    assert "Traceback" not in told
    assert place.read("show", run)["run"]["status"] == "running"
    place.weir("cancel", run)


def following(place: Place, workflow: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("run", workflow), cwd=place.root, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip


def line_with(process: subprocess.Popen[str], text: str) -> str:
    """The next line that holds the text; fails when the process ends before."""
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return line
    raise AssertionError(f"ended without {text!r}")


def test_followed_as_json_each_line_is_an_item_and_the_last_says_where_it_stands(
    place: Place,
) -> None:
    done = place.weir("run", "greet", "--json")
    items = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3
    assert items[0]["event"]["event"]["type"] == "RunStarted"
    assert {key for item in items[:-1] for key in item} <= {"event", "log"}
    assert items[-1]["run"]["status"] == "waiting"
    assert items[-1]["approvals"][0]["status"] == "pending"


def test_detached_it_returns_at_once_with_the_run(place: Place) -> None:
    run = place.read("run", "greet", "--detach")
    assert run["workflow"] == "greet"
    assert place.read("show", run["id"])["run"]["id"] == run["id"]


def test_inputs_come_from_a_file_from_stdin_and_from_words(place: Place) -> None:
    (place.root / "in.json").write_text('{"word": "file", "code": 0}')
    for words, given, said in (
        (("--inputs", "in.json"), "", "said file"),
        (("--inputs", "-"), '{"word": "stdin"}', "said stdin"),
        (("--inputs", "in.json", "-i", "word=own"), "", "said own"),
    ):
        done = place.weir("run", "straight", *words, given=given)
        assert done.returncode == 0, done.stderr
        assert said in done.stdout


def test_a_run_like_another_is_given_what_that_was_but_for_what_is_said(
    place: Place,
) -> None:
    place.weir("run", "straight", "-i", "word=one", "-i", "code=3")
    (first,) = place.read("runs")
    done = place.weir("run", "--like", first["id"], "-i", "code=0")
    assert done.returncode == 0, done.stderr
    assert "said one" in done.stdout
    again, _ = place.read("runs")
    assert again["inputs"] == {"word": "one", "code": 0}
    other = place.weir("run", "greet", "--like", first["id"])
    assert other.returncode == 2
    assert "`word`" in other.stderr
    assert "missing argument 'WORKFLOW'" in place.weir("run").stderr


def test_a_dry_run_shows_the_steps_and_writes_no_run(place: Place) -> None:
    done = place.weir("run", "greet", "--dry-run")
    assert done.returncode == 0
    assert "input name = world" in done.stdout
    assert done.stdout.endswith("nothing was started\n")
    plan = place.read("run", "greet", "--dry-run")
    assert [step["id"] for step in plan["steps"]] == ["draft", "review", "last"]
    assert place.read("runs") == []


REFUSED = {
    "no such workflow": (
        ["greeet"],
        "weir: there is no workflow `greeet`; did you mean `greet`?",
    ),
    "a missing input": (
        ["straight"],
        "weir: missing input `word`; give -i word=…",
    ),
    "an input that is none": (
        ["straight", "-i", "word=x", "-i", "wrod=y"],
        "weir: unknown input `wrod`; did you mean `word`?",
    ),
    "an input of the wrong type": (
        ["straight", "-i", "word=x", "-i", "code=many"],
        "weir: `code` must be a whole number; got `many`",
    ),
    "an input given twice": (
        ["straight", "-i", "word=x", "-i", "word=y"],
        "weir: --input word is given twice; see weir run --help",
    ),
    "no such file": (
        ["straight", "--inputs", "nowhere.json"],
        "weir: no file nowhere.json; --inputs names a JSON file",
    ),
    "a file that is no object": (
        ["straight", "--inputs", "weir.toml"],
        "weir: weir.toml is no JSON object: JSON is malformed: invalid character"
        " (byte 0)",
    ),
    "a folder": (
        ["straight", "--inputs", "workflows"],
        "weir: workflows: Is a directory",
    ),
    "no such project": (
        ["straight", "-i", "word=x", "--project", "autumn"],
        "weir: no project 'autumn'; `weir project new autumn` makes it",
    ),
    "no such provider": (
        ["greet", "--provider", "mokc"],
        "weir: no provider 'mokc'; did you mean mock?"
        " known are openai, anthropic, mock, replay",
    ),
    "no cassette": (
        ["greet", "--provider", "replay"],
        "weir: provider replay needs a cassette: name it with --cassette FILE, or as"
        " `cassette` in weir.toml under [providers.replay]",
    ),
    "a cassette that is not there": (
        ["greet", "--provider", "replay", "--cassette", "gone.jsonl"],
        "weir: there is no gone.jsonl in the workspace; record it first, with --record",
    ),
    "a cassette that is none": (
        ["greet", "--provider", "replay", "--cassette", "weir.toml"],
        "weir: weir.toml, line 1 is no line of a cassette: JSON is malformed: invalid"
        " character (byte 0)",
    ),
    "a cassette for nobody": (
        ["greet", "--cassette", "a.jsonl"],
        "weir: --cassette goes with --record, or with --provider replay",
    ),
    "a cassette outside": (
        ["greet", "--record", "--cassette", "../a.jsonl"],
        "weir: ../a.jsonl is not inside the workspace; leave out '..'",
    ),
    "a cassette where the store is": (
        ["greet", "--record", "--cassette", ".weir/a.jsonl"],
        "weir: .weir/a.jsonl is in .weir, which no definition may read",
    ),
    "a cassette in place of a definition": (
        ["greet", "--record", "--cassette", "workflows/greet.yaml", "--force"],
        "weir: workflows/greet.yaml must end in .jsonl, as a cassette does",
    ),
    "recording what is recorded": (
        ["greet", "--record", "--provider", "replay"],
        "weir: provider replay answers from a cassette; --record needs one that asks",
    ),
    "a cassette in no folder": (
        ["greet", "--record", "--cassette", "anwsers/a.jsonl"],
        "weir: there is no folder anwsers in the workspace; make it, then record",
    ),
    "force of nothing": (["greet", "--force"], "weir: --force goes with --record"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_begin_exits_2_and_leaves_no_run(place: Place, case: str) -> None:
    words, line = REFUSED[case]
    done = place.weir("run", *words)
    assert done.stderr == line + "\n"
    assert done.returncode == 2
    assert place.read("runs") == []


def test_a_folder_someone_else_filled_does_not_run(place: Place, monkeypatch) -> None:
    monkeypatch.setenv("WEIR_STATE", str(place.root.parent / "someone"))
    done = place.weir("run", "greet")
    assert done.returncode == 2
    assert "`weir trust`" in done.stderr
    assert place.read("runs") == []


def test_a_run_of_a_broken_file_says_what_it_goes_by(place: Place) -> None:
    path = place.root / "workflows" / "greet.yaml"
    assert place.weir("run", "greet", "--detach").returncode == 0
    path.write_text(path.read_text() + "oops: 1\n")
    done = place.weir("run", "greet", "--detach")
    assert done.returncode == 0
    assert done.stderr == (
        "weir: workflows/greet.yaml has problems (`weir check`);"
        " this run goes by its last good version\n"
    )


def test_a_failure_is_told_once(place: Place) -> None:
    done = place.weir("run", "straight", "-i", "word=x", "-i", "code=3")
    assert done.returncode == 1
    assert done.stdout.count("exit status 3") == 1
    *_, failed, then = done.stdout.splitlines()
    assert failed.endswith("✗ failed  say  the run has failed")
    assert re.fullmatch(
        r"`weir retry r\w+` goes on from there, .* --newest` by .*", then
    )
