"""Bad input: one line each; no traceback, half-written run or stuck gate."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import apsw
import pytest

from engine.machine.state import StepStatus
from store import approvals, processes
from tests.model_server import ModelServer, Reply, rubbish, says, says_json, status
from tests.stories.place import MOCK, Place, one_line, until
from tests.stories.refusal import open_gate, refuses

MakePlace = Callable[..., Place]

GREET = """workflow: greet
inputs:
  name: {type: string}
  count: {type: integer, default: 1}
  tags: {type: array, items: string, default: []}
steps:
  - id: draft
    set: {text: "Hello {{ inputs.name }}"}
  - id: review
    approval:
      title: Greet {{ inputs.name }}?
      show: [outputs.draft]
  - id: last
    set: {done: true}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A workspace that nothing here may change, with two runs that wait."""
    root = tmp_path_factory.mktemp("bad")
    place = Place(root / "work", {"greet.yaml": GREET}, root / "home")
    open_gate(place, "greet", name="Ada")
    open_gate(place, "greet", name="Ben")
    yield place
    place.close()


@pytest.fixture
def greeting(make_place: MakePlace) -> Place:
    """A workspace of a test's own."""
    return make_place(greet=GREET)


# Files: what is told of each, while the good one beside them runs.

BAD_FILES: dict[str, tuple[bytes, str]] = {
    "indent.yaml": (b"workflow: x\nsteps: [\n", "indent.yaml:3:1: this line does not"),
    "steps.yaml": (b"workflow: x\nsteps: 5\n", ":2:8: `steps` must be a list"),
    "inputs.yaml": (b"workflow: x\ninputs: [1]\n", ":2:9: `inputs` must be a mapping"),
    "key.yaml": (b"workflow: x\nstep: []\n", "did you mean `steps`?"),
    "utf16.yaml": (b"\xff\xfew\0", "the file is UTF-16; save it as UTF-8"),
    "latin.yaml": (b"workflow: \xe9\n", ":1:11: the byte 0xE9 is not UTF-8"),
    "binary.yaml": (b"\x7fELF\0\x01\x02", "the file is not a text"),
    "empty.yaml": (b"", ":1:1: the file is empty; begin with `workflow: name`"),
    "words.yaml": (b"hello\n", ":1:1: the file must be a mapping"),
    "large.yaml": (b"#" * 10 * 2**20, "large.yaml is larger than 1 MB"),
    "spaces.yaml": (b"workflow: a b\n", "`a b` is no name"),
    "dots.yaml": (b"workflow: ../up\n", "`../up` is no name"),
    "name of spaces.yaml": (b"hello\n", "name of spaces.yaml:1:1: "),
    "again.yaml": (b"workflow: greet\nsteps: [{id: a, set: {b: 1}}]\n", "is also in "),
    "reach.yaml": (
        b"workflow: x\nsteps:\n  - id: a\n    set: {b: \"{{ ''.__class__ }}\"}\n",
        "`__class__`: attribute names that begin with _ are not allowed",
    ),
    "loop.yaml": (
        b"workflow: x\nsteps:\n  - id: a\n    set:\n      b: >-\n        "
        + b"{% for i in range(9) %}" * 3 + b"x" + b"{% endfor %}" * 3 + b"\n",
        "loops may be nested twice, not deeper",
    ),
}  # fmt: skip


def test_bad_files_are_each_told_and_hide_no_good_one(greeting: Place) -> None:
    folder = greeting.root / "workflows"
    for name, (data, _) in BAD_FILES.items():
        (folder / name).write_bytes(data)
    (folder / "link.yaml").symlink_to("/etc/passwd")
    (folder / "linked").symlink_to("/etc")
    os.mkfifo(folder / "pipe.yaml")
    (folder / "line\nbreak.yaml").write_text("workflow: x\n")
    (folder / os.fsdecode(b"\xff.yaml")).write_text("workflow: x\n")
    told = greeting.types("check").communicate()[0].replace(str(folder.parent), "")
    for name, (_, words) in BAD_FILES.items():
        assert any(words in line for line in told.splitlines()), f"{name}: {told}"
    for words in (
        "workflows/link.yaml is a link",
        "workflows/linked is a link",
        "workflows/pipe.yaml is not a regular file",
        "control characters and \\ are refused",
        "its name is not UTF-8",
    ):
        assert words in told
    assert all(line.isprintable() for line in told.splitlines())
    listed = greeting.reads("list")
    paths = [problem["path"] for problem in listed["problems"]]
    assert "workflows/\\udcff.yaml" in paths
    assert len(set(paths)) == len(BAD_FILES) + 5
    # The name stays with the file that had it, whatever the new one is called.
    assert "workflows/greet.yaml" not in paths
    greeting.weir("run", "greet", "-i", "name=Ada", ends=3)


# The command line.

DEEP = "[" * 100_000
TYPED: list[tuple[list[str], int, str]] = [
    (["run", "greet"], 2, "missing input `name`"),
    (["run", "greet", "-i", "nam=x"], 2, "did you mean `name`?"),
    (["run", "greet", "-i", "name=x", "-i", "count=two"], 2, "got `two`"),
    (["run", "greet", "-i", "name=x", "-i", f"tags={DEEP}"], 2, "`tags` must be"),
    (["run", "greet", "-i", "name"], 2, "'name' is not key=value"),
    (["run", "greet", "-i", "=x"], 2, "'=x' is not key=value"),
    (["run", "greet", "-i", "name=x", "-i", "name=y"], 2, "name is given twice"),
    (["run", "greet", "-i", os.fsdecode(b"name=\xff")], 2, "is not UTF-8"),
    (["run", "greet", "-i", "name=x", "--project", "none"], 2, "none"),
    (["run", "greet", "-i", "name=x", "--provider", "mok"], 2, "did you mean mock"),
    (["run", "greed", "-i", "name=x"], 2, "did you mean `greet`?"),
    (["run", "../greet", "-i", "name=x"], 2, "no workflow `../greet`"),
    (["run", ""], 2, "no workflow ``"),
    (["run", "a b"], 2, "no workflow `a b`"),
    (["rnu"], 2, "did you mean run?"),
    (["run", "--nope"], 2, "no such option '--nope'"),
    (["approve", "", "--yes"], 2, "the id of the approval is empty"),
    (["approve", "a", "--yes"], 2, "fits more than one approval"),
    (["approve", "r", "--yes"], 2, "fits more than one approval"),
    (["approve", "zz", "--yes"], 2, "no approval begins with zz"),
    (["approve", "../a", "--yes"], 2, "no approval begins with ../a"),
    (["approve", "a%", "--yes"], 2, "no approval begins with a%"),
    (["withdraw", ""], 2, "the id of the approval is empty"),
    (["cancel", ""], 2, "the id of the run is empty"),
    (["cancel", "r"], 2, "fits more than one run"),
    (["show", ""], 2, "the id of the run is empty"),
    (["show", "r"], 2, "type more of the id"),
    (["show", "zz"], 2, "no run begins with 'zz'"),
    (["logs", "zz"], 2, "no run begins with 'zz'"),
    (["why", "zz"], 2, "no run begins with zz"),
    (["mark", "r", "draft", "--output", DEEP], 2, "nested too deeply"),
    (["mark", "r", "draft", "--output", "{"], 2, "--output is not JSON"),
]


@pytest.mark.parametrize(("words", "ends", "says"), TYPED)
def test_a_command_that_makes_no_sense_is_refused(
    place: Place, words: list[str], ends: int, says: str
) -> None:
    refuses(place, *words, ends=ends, says=says)


INPUT_FILES: dict[str, tuple[bytes | None, str]] = {
    "no JSON": (b"{", "is no JSON object: "),
    "no object": (b"[1]", "Expected `object`, got `array`"),
    "no UTF-8": (b'{"name": "\xff"}', "is no JSON object: "),
    "a lone surrogate": (b'{"name": "\\ud800"}', "is no JSON object: "),
    "a number beyond all": (b'{"name": "x", "count": 1e400}', "out of range"),
    "wrong types": (b'{"name": 5, "count": "x"}', "`name` must be a text; got `5`"),
    "an unknown key": (b'{"nam": "x"}', "did you mean `name`?"),
    "nested": (b'{"name":' * 100_000, "is nested too deeply"),
    "large": (b" " * (6 * 2**20), "is larger than 5 MB"),
    "binary": (b"\x7fELF\0", "is no JSON object: "),
    "missing": (None, "no file"),
}


@pytest.mark.parametrize("case", INPUT_FILES)
def test_a_file_of_inputs_that_is_none_starts_nothing(
    place: Place, tmp_path: Path, case: str
) -> None:
    data, words = INPUT_FILES[case]
    path = tmp_path / "inputs.json"
    if data is not None:
        path.write_bytes(data)
    refuses(place, "run", "greet", "--inputs", str(path), ends=2, says=words)


def test_a_folder_is_no_file_of_inputs(place: Place, tmp_path: Path) -> None:
    words = ("run", "greet", "--inputs", str(tmp_path))
    refuses(place, *words, ends=2, says="Is a directory")


# The workspace and its weir.toml.

CONFIGS: dict[str, tuple[bytes, str]] = {
    "no TOML": (b"provider = ", "weir.toml:1:11: this is no TOML: invalid value"),
    "no UTF-8": (b"\xff", "weir.toml:1:1: the byte 0xFF is not UTF-8"),
    "an unknown key": (b"providr = 1", "did you mean provider?"),
    "a wrong type": (b"limits = 5", "limits: expected object"),
    "no steps at all": (b"[limits]\nsteps = 0", "limits.steps: expected int >= 1"),
    "roles that are none": (b'roles = ["x"]', "roles: expected object"),
    "large": (b"#" * 2**21, "weir.toml is larger than 1 MB"),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_a_broken_weir_toml_is_told_and_starts_nothing(place: Place, case: str) -> None:
    data, words = CONFIGS[case]
    config = place.root / "weir.toml"
    config.write_bytes(data)
    try:
        refuses(place, "run", "greet", "-i", "name=x", ends=2, says=words)
    finally:
        config.write_text(MOCK)


@pytest.mark.parametrize("path", ["/etc/passwd", "/nowhere/at/all", "weir.toml"])
def test_a_workspace_that_is_no_folder_is_refused(place: Place, path: str) -> None:
    given = str(place.root / path)
    refuses(place, "-C", given, "runs", ends=2, says=f"{given} is not a folder")


NO_STORE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file": (lambda weir: weir.write_text(""), "must be a folder"),
    "a link": (lambda weir: weir.symlink_to("/tmp"), "must be a folder, not a link"),
    "junk inside": (
        lambda weir: (weir.mkdir(), (weir / "weir.db").write_text("junk " * 99)),
        "the database is damaged",
    ),
    "a link inside": (
        lambda weir: (weir.mkdir(), (weir / "weir.db").symlink_to("/etc/passwd")),
        "must be a plain file, not a link",
    ),
}


@pytest.mark.parametrize("case", NO_STORE)
def test_a_store_that_can_be_none_is_refused(
    place: Place, tmp_path: Path, case: str
) -> None:
    make, words = NO_STORE[case]
    other = tmp_path / "other"
    (other / "workflows").mkdir(parents=True)
    (other / "workflows" / "greet.yaml").write_text(GREET)
    make(other / ".weir")
    for command in (["runs"], ["run", "greet", "-i", "name=x"], ["inbox"]):
        refuses(place, "-C", str(other), *command, ends=1, says=words)


# Templates that turn out bad only when they are rendered.

LATE: dict[str, tuple[str, str]] = {
    "a long loop": ("{% for i in range(10**9) %}x{% endfor %}", "at most 1000 numbers"),
    "a long text": ("{{ 'a' * 10**10 }}", "`*` works on numbers"),
    "an attribute by name": ("{{ inputs['__class__'] }}", "__class__"),
}


@pytest.mark.parametrize("case", LATE)
def test_a_template_that_fails_ends_its_run_in_one_line(
    make_place: MakePlace, case: str
) -> None:
    text, words = LATE[case]
    bad = 'workflow: late\ninputs: {a: {type: string, default: ""}}\nsteps:\n'
    bad += f'  - id: a\n    set: {{b: "{text}"}}\n'
    place = make_place(late=bad)
    printed = place.types("run", "late").communicate()
    assert "Traceback" not in "".join(printed)
    assert words in "".join([*printed, *place.types("check").communicate()])
    assert place.reads("inbox") == []
    assert all(run["status"] == "failed" for run in place.reads("runs"))


# The database: locked, newer, read-only, on a full disk.

HOLD = """
import apsw, sys
held = apsw.Connection(sys.argv[1])
held.execute("begin exclusive")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(place: Place) -> Iterator[None]:
    """Another process holds the database."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place.root / ".weir" / "weir.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    yield
    holder.communicate()


def test_a_locked_database_is_told_after_the_patience(greeting: Place) -> None:
    gate = open_gate(greeting, "greet", name="Ada")
    greeting.environment["WEIR_PATIENCE"] = "0.1"
    words = "locked by another process for 0.1 s: try again"
    with held(greeting):
        refuses(greeting, "approve", gate, "--yes", ends=1, says=words)
        refuses(greeting, "withdraw", gate, ends=1, says=words)
        refuses(greeting, "run", "greet", "-i", "name=x", ends=1, says=words)
        assert [item["id"] for item in greeting.reads("inbox")] == [gate]


def test_a_patience_that_is_no_number_is_told(greeting: Place) -> None:
    for told in ("soon", "-1", "nan", "1e9"):
        greeting.environment["WEIR_PATIENCE"] = told
        refuses(greeting, "runs", ends=1, says=f"WEIR_PATIENCE is '{told}'")


def test_a_database_of_a_newer_weir_is_read_and_not_written(greeting: Place) -> None:
    gate = open_gate(greeting, "greet", name="Ada")
    newer = apsw.Connection(str(greeting.root / ".weir" / "weir.db"))
    newer.execute("pragma user_version = 999")
    newer.close()
    words = "newer Weir"
    refuses(greeting, "approve", gate, "--yes", ends=1, says=words)
    refuses(greeting, "reject", gate, "--comment", "no", ends=1, says=words)
    refuses(greeting, "run", "greet", "-i", "name=x", ends=1, says=words)
    assert [item["id"] for item in greeting.reads("inbox")] == [gate]


def test_a_read_only_workspace_is_read_and_not_written(
    small_disk: Path, make_place: MakePlace
) -> None:
    place = make_place(small_disk / "work", greet=GREET)
    gate = open_gate(place, "greet", name="Ada")
    place.database.close()
    remount(small_disk, "ro")
    try:
        for words in (
            ("approve", gate, "--yes"),
            ("withdraw", gate),
            ("run", "greet", "-i", "name=x"),
        ):
            line = one_line(place.weir(*words, ends=1))
            assert "can't be written to" in line
        (waiting,) = place.reads("inbox")
        assert waiting["id"] == gate
        assert [run["status"] for run in place.reads("runs")] == ["waiting"]
    finally:
        remount(small_disk, "rw")


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def test_a_full_disk_leaves_the_gate_open_and_the_answer_can_be_given_again(
    small_disk: Path, make_place: MakePlace
) -> None:
    place = make_place(small_disk / "work", greet=GREET)
    gate = open_gate(place, "greet", name="Ada")
    filler = fill(small_disk)
    large = ("approve", gate, "--yes", "--comment", "x" * 100_000)
    refuses(place, *large, ends=1, says="the disk is full")
    given = ("run", "greet", "-i", f"name={'x' * 100_000}")
    refuses(place, *given, ends=1, says="the disk is full")
    filler.unlink()
    place.weir(*large)
    found = approvals.get(place.database, gate)
    assert found is not None
    place.until_run(found.run, "succeeded")


def fill(disk: Path) -> Path:
    """A file that takes what room is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (2**16, 4096):
            while taken(file.fileno(), size):
                continue
    return filler


def taken(file: int, size: int) -> bool:
    try:
        return os.write(file, b"x" * size) == size
    except OSError:
        return False


# The store fails while a step is at work.

SLOW = """workflow: slow
inputs: {folder: {type: string}}
steps:
  - id: work
    shell: |
      cd {{ inputs.folder | quote }}
      echo began >> began
      read line < go
      head -c 60000 /dev/zero | tr '\\0' x
  - {id: last, set: {size: "{{ outputs.work.stdout | length }}"}}
"""


@contextmanager
def full(place: Place) -> Iterator[str]:
    filler = fill(place.root.parent)
    yield "the disk is full"
    filler.unlink()


@contextmanager
def taken_away(place: Place) -> Iterator[str]:
    with held(place):
        yield "locked by another process"


@pytest.mark.parametrize("trouble", [full, taken_away])
def test_what_a_step_has_done_is_kept_when_the_store_is_well_again(
    small_disk: Path,
    make_place: MakePlace,
    tmp_path: Path,
    trouble: Callable[[Place], AbstractContextManager[str]],
) -> None:
    place = make_place(small_disk / "work", slow=SLOW)
    place.environment["WEIR_PATIENCE"] = "0.05"
    os.mkfifo(tmp_path / "go")
    run = place.start("slow", folder=str(tmp_path))
    place.wake()
    until(lambda: processes.of_attempt(place.database, run, "work", 1))
    with (tmp_path / "go").open("w") as go, trouble(place) as said:
        go.write("on\n")
        go.flush()
        until(lambda: said in place.said())
        assert place.state(run).status == "running"
    place.until_run(run, "succeeded")
    assert place.reads("show", run, "--step", "last")["output"] == {"size": 60_000}
    assert (tmp_path / "began").read_text() == "began\n"


# A model that answers rubbish, or not now.

ASKS = """workflow: asks
steps:
  - id: score
    retry: {attempts: 2, delay: 0s}
    llm: {prompt: Rate it., model: m}
    output: {score: {type: integer, minimum: 0, maximum: 9}}
  - {id: last, set: {score: "{{ outputs.score.score }}"}}
"""


def asking(make_place: MakePlace, server: ModelServer) -> Place:
    config = f'provider = "openai"\n[providers.openai]\nbase_url = "{server.url}"\n'
    return make_place(config=config, asks=ASKS)


RUBBISH: dict[str, tuple[list[Reply], str]] = {
    "words": ([says("no idea")] * 6, "does not fit `output`: it is not JSON"),
    "a wrong type": (
        [says_json({"score": "high"})] * 3 + [says_json({"score": 99})] * 3,
        "99 is greater than",
    ),
    "no stream": ([rubbish()] * 2, "answered what is no event stream"),
    "nothing, then bytes": (
        [rubbish(b""), rubbish(b"\x00\xff" * 99)],
        "answered what is no event stream",
    ),
    "a wrong key": ([status(401)], "did not accept the key (401)"),
}


@pytest.mark.parametrize("case", RUBBISH)
def test_a_model_that_answers_rubbish_fails_its_step_in_one_line(
    make_place: MakePlace, case: str
) -> None:
    script, words = RUBBISH[case]
    with ModelServer(script, default=status(500, message="asked too often")) as server:
        place = asking(make_place, server)
        place.weir("run", "asks", ends=1)
    assert len(server.requests) == len(script)
    (run,) = place.reads("runs")
    assert run["status"] == "failed"
    assert words in run["reason"]
    assert len(run["reason"].splitlines()) == 1
    (step,) = place.reads("show", run["id"])["steps"]
    assert step["attempt"] == (1 if case == "a wrong key" else 2)


def test_a_model_that_mends_its_answer_goes_on(make_place: MakePlace) -> None:
    script = [says("no idea"), says_json({"score": 10}), says_json({"score": 7})]
    with ModelServer(script) as server:
        place = asking(make_place, server)
        place.weir("run", "asks")
        assert len(server.requests) == 3
    (run,) = place.reads("runs")
    assert place.reads("show", run["id"], "--step", "last")["output"] == {"score": 7}


def test_a_model_that_is_busy_is_asked_when_it_said(make_place: MakePlace) -> None:
    with ModelServer([status(429, {"Retry-After": "3000"})]) as server:
        place = asking(make_place, server)
        place.weir("run", "asks", "--detach")
        (run,) = place.reads("runs")
        step = place.until_step(run["id"], "score", StepStatus.RETRYING)
        assert step.wake_at is not None
        assert step.wake_at > run["started_at"] + 2999
        assert len(server.requests) == 1
        place.weir("cancel", run["id"])
    with ModelServer([status(429, {"Retry-After": "0"}), says_json({"score": 1})]) as s:
        place = asking(make_place, s)
        place.kill_all()
        place.weir("run", "asks")
        assert len(s.requests) == 2
