"""The front door: what is loaded, and that every error is one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui.cli import front
from tui.cli.commands import COMMANDS, Entry

HEAVY = ("textual", "peewee", "apsw", "openai", "jinja2", "yaml", "jsonschema", "rich")


def loaded_after(*words: str) -> set[str]:
    """The modules that a process has loaded once `weir` has exited."""
    code = (
        "import json, sys\n"
        "from tui.cli import main\n"
        f"sys.argv = ['weir', *{list(words)!r}]\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "sys.stdout.flush()\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", [("--version",), ("--help",)])
def test_version_and_help_load_nothing_heavy_and_no_command(
    words: tuple[str, ...],
) -> None:
    loaded = loaded_after(*words)
    assert not loaded.intersection(HEAVY)
    modules = {entry.place.partition(":")[0] for entry in COMMANDS.values()}
    assert not loaded.intersection(modules)


def test_a_list_of_runs_loads_no_templates_and_no_workbench(workspace: Path) -> None:
    loaded = loaded_after("-C", str(workspace), "runs")
    assert "store.runs" in loaded
    light = {"textual", "openai", "jinja2", "yaml", "jsonschema", "asyncio"}
    assert not loaded.intersection(light)


def test_the_workbench_paints_first_and_loads_no_rule_or_template_before() -> None:
    code = "import json, sys, tui.opening; print(json.dumps(sorted(sys.modules)))"
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    later = {"openai", "jinja2", "yaml", "engine.machine.decide", "engine.desk"}
    assert not later.intersection(json.loads(done.stdout))


def test_the_process_keeps_what_it_writes_to_its_person(workspace: Path) -> None:
    code = (
        "import os, sys\nfrom tui.cli import main\nsys.argv = ['weir', '--version']\n"
        "try:\n    main()\nexcept SystemExit:\n    print(oct(os.umask(0)))\n"
    )
    words = [sys.executable, "-c", f"import os; os.umask(0o002)\n{code}"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0o77"


def test_every_command_in_the_table_can_be_loaded_and_tells_what_it_does(weir) -> None:
    for name in COMMANDS:
        result = weir(name, "--help")
        assert result.exit_code == 0, (name, result.stderr)
        assert result.stdout.startswith("Usage: weir ")


def test_help_names_every_command_that_is_not_hidden(weir) -> None:
    told = weir("--help").stdout
    for name, entry in COMMANDS.items():
        assert (f"  {name} " in told) is not entry.hidden


BAD_CALLS = {
    "a near miss": (
        ["shwo"],
        "weir: no such command 'shwo'; did you mean show?",
    ),
    "no such command": (
        ["xyzzy"],
        "weir: no such command 'xyzzy'; see weir --help",
    ),
    "a near miss of an option": (
        ["runs", "--limt", "3"],
        "weir: no such option '--limt'; did you mean --limit?",
    ),
    "a missing argument": (
        ["show"],
        "weir: missing argument 'RUN'; see weir show --help",
    ),
    "a status that is none": (
        ["runs", "--status", "done"],
        "weir: invalid value for '--status': 'done' is not one of 'created',"
        " 'running', 'waiting', 'paused', 'succeeded', 'failed', 'cancelled',"
        " 'rolling_back', 'rolled_back'; see weir runs --help",
    ),
    "a time that is none": (
        ["runs", "--since", "soon"],
        "weir: invalid value for '--since': 'soon' is no time; write 2h, 3d or"
        " 2026-11-21; see weir runs --help",
    ),
    "what can't be undone by one word": (
        ["undo"],
        "weir: there is no one undo: `weir rollback RUN` undoes what a run has done,"
        " `weir back RUN --to STEP` comes to a step again, `weir prune --undo` brings"
        " back hidden runs; a decision is taken back in the workbench alone, by u, for"
        " some seconds (`weir settings undo`); see weir --help",
    ),
    "half a command": (
        ["runner"],
        "weir: weir runner: say which of start, stop, status; see weir runner --help",
    ),
    "no such run": (
        ["show", "r1"],
        "weir: no run begins with 'r1'; `weir runs` lists them",
    ),
    "controls in a word": (
        ["show", "r\x1b[2J"],
        "weir: no run begins with 'r\\x1b[2J'; `weir runs` lists them",
    ),
    "no such folder": (
        ["-C", "/nowhere", "runs"],
        "weir: /nowhere is not a folder",
    ),
    "a folder that is no workspace": (
        ["-C", "/", "runs"],
        "weir: no workspace at / or above it; make one with `weir init`",
    ),
    "the workbench without a terminal": (
        [],
        "weir: this is not a terminal; `weir --plain` says the same in lines",
    ),
    "the workbench by its path": (
        ["."],
        "weir: this is not a terminal; `weir --plain` says the same in lines",
    ),
    "an output and a doubt": (
        ["mark", "r1", "send", "--again", "--fail"],
        "weir: say one of --output JSON, --again or --fail; see weir mark --help",
    ),
    "an output that is no JSON": (
        ["mark", "r1", "send", "--output", "{"],
        "weir: --output is not JSON: Input data was truncated; see weir mark --help",
    ),
    "an input without a value": (
        ["run", "hello", "-i", "name"],
        "weir: --input 'name' is not key=value; see weir run --help",
    ),
    "a project's name": (
        ["project", "new", "a b"],
        "weir: project 'a b' is not letters, digits, '.', '_', '-'; see weir project"
        " new --help",
    ),
    "a rejection without a reason": (
        ["reject", "a1"],
        "weir: say why not: --comment TEXT, or --reason KEY; see weir reject --help",
    ),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_what_cannot_be_understood_is_told_in_one_line_and_exits_2(weir, case) -> None:
    words, line = BAD_CALLS[case]
    result = weir(*words)
    assert result.stderr == line + "\n"
    assert result.stdout == ""
    assert result.exit_code == 2


def test_a_mistake_of_ours_is_one_line_and_exits_70(weir, monkeypatch) -> None:
    monkeypatch.setitem(COMMANDS, "fall", Entry("tests_no_module:fall", "Fall."))
    result = weir("fall")
    assert result.exit_code == 70
    assert result.stderr == (
        "weir: unexpected ModuleNotFoundError: No module named 'tests_no_module';"
        " set WEIR_DEBUG=1 to see where\n"
    )


def test_weir_debug_shows_where(weir, monkeypatch) -> None:
    monkeypatch.setitem(COMMANDS, "fall", Entry("tests_no_module:fall", "Fall."))
    monkeypatch.setenv("WEIR_DEBUG", "1")
    assert "Traceback" in weir("fall").stderr


def test_a_reader_that_goes_away_is_no_error(workspace: Path) -> None:
    words = [sys.executable, "-c", "from tui.cli import main; main()", "schema"]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=workspace,
        env={**os.environ, "PYTHONPATH": str(Path(front.__file__).parents[2])},
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.close()
    process.wait()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()


def test_a_damaged_database_is_told_in_one_line(weir, workspace) -> None:
    folder = workspace / ".weir"
    folder.mkdir(mode=0o700)
    (folder / "weir.db").write_bytes(b"this is no database at all " * 100)
    result = weir("runs")
    assert result.exit_code == 1
    assert result.stderr.startswith("weir: ")
    assert result.stderr.count("\n") == 1
