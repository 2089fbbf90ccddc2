"""A cassette keeps calls whole, without secrets, and tells what is asked otherwise."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from engine.errors import WeirError
from engine.files import FileRefused
from engine.llm import cassette as cassettes
from engine.llm.cassette import Call, calls_in, digest_of
from engine.llm.messages import Answer, Ask, Message, ModelError
from engine.llm.recording import Recorder
from engine.llm.replay import Replay, difference, played
from engine.llm.secrets import hiding, secrets_of
from engine.machine.state import Cassette, Usage
from engine.workspace import Config, ProviderConfig

ASK = Ask((Message("system", "Be brief."), Message("user", "One\ntwo\nthree")))
SHAPE = {"type": "object", "properties": {"n": {"type": "integer"}}}
MINE = Cassette("a.jsonl", "r1")
HIDE = hiding({})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".weir").mkdir()
    return tmp_path


def call(step: str = "a", attempt: int = 1, turn: int = 1, **more: Any) -> Call:
    asked = more.pop("asked", ASK)
    said = Answer(more.pop("text", "Yes."), **more)
    digest = digest_of(asked)
    return Call(
        run="r1", step=step, attempt=attempt, turn=turn, digest=digest,
        asked=asked, answered=said,
    )  # fmt: skip


def read(root: Path, file: str = "a.jsonl") -> cassettes.Calls:
    return calls_in(cassettes.read(root, file), file)


def test_calls_are_found_by_step_attempt_and_turn(root: Path) -> None:
    for each in (call(), call("b"), call("b", turn=2), call("b", 2), call("a", 2)):
        cassettes.append(root, MINE, each)
    found = read(root)
    assert [len(turns) for turns in found["b"]] == [2, 1]
    assert [turns[0].attempt for turns in found["a"]] == [1, 2]
    assert stat.S_IMODE((root / "a.jsonl").stat().st_mode) == 0o600


def test_a_run_without_a_name_for_it_has_a_cassette_of_its_own(root: Path) -> None:
    file = cassettes.own_file("r1")
    cassettes.append(root, Cassette(file, "r1"), call())
    assert [*read(root, file)] == ["a"]
    assert stat.S_IMODE((root / ".weir/cassettes").stat().st_mode) == 0o700
    cassettes.forget_own(root, "r1")
    assert not (root / file).exists()


def test_what_a_power_cut_left_of_a_line_goes(root: Path) -> None:
    cassettes.append(root, MINE, call())
    with (root / "a.jsonl").open("ab") as file:
        file.write(b'{"run":"r1","step":"b"')
    assert [*read(root)] == ["a"], "half a line is no call"
    cassettes.append(root, MINE, call("c"))
    assert [*read(root)] == ["a", "c"]


def test_a_full_disk_leaves_whole_lines(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cassettes.append(root, MINE, call())
    before = (root / "a.jsonl").read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:9]))
    with pytest.raises(OSError, match="No space left") as full:
        cassettes.append(root, MINE, call("b"))
    assert full.value.errno == errno.ENOSPC
    assert (root / "a.jsonl").read_bytes() == before
    with pytest.raises(OSError, match="No space left"):
        cassettes.append(root, Cassette("new.jsonl", "r1"), call("b"))
    assert sorted(path.name for path in root.iterdir()) == [".weir", "a.jsonl"]


def test_the_file_of_another_run_stays(root: Path) -> None:
    cassettes.append(root, MINE, call())
    before = (root / "a.jsonl").read_bytes()
    with pytest.raises(FileRefused, match="holds what this run has not recorded"):
        cassettes.append(root, Cassette("a.jsonl", "r2"), call())
    assert (root / "a.jsonl").read_bytes() == before
    over = Cassette("a.jsonl", "r2", sha256(before).hexdigest())
    cassettes.append(root, over, msgspec.structs.replace(call("b"), run="r2"))
    cassettes.append(root, over, msgspec.structs.replace(call("c"), run="r2"))
    assert [*read(root)] == ["b", "c"]


REFUSED: dict[str, Callable[[Path], object]] = {
    "a link": lambda path: path.symlink_to("other.jsonl"),
    "a pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("case", REFUSED)
def test_only_a_file_is_written_to(root: Path, case: str) -> None:
    (root / "other.jsonl").write_text("")
    REFUSED[case](root / "a.jsonl")
    with pytest.raises((FileRefused, OSError)):
        cassettes.append(root, MINE, call())
    assert (root / "other.jsonl").read_text() == ""


@pytest.mark.parametrize(
    "file", ["../a.jsonl", ".git/a.jsonl", ".weir/a.jsonl", "/a.jsonl", "weir.db", ""]
)
def test_nothing_is_recorded_where_no_cassette_may_stand(root: Path, file: str) -> None:
    with pytest.raises(FileRefused):
        cassettes.replaceable(root, file)


def test_a_line_that_is_none_is_named(root: Path) -> None:
    line = msgspec.json.encode(call()) + b"\n"
    with pytest.raises(WeirError, match=r"^a.jsonl, line 2 is no line of a cassette"):
        calls_in(line + b"{}\n", "a.jsonl")
    with pytest.raises(WeirError, match="line 1: what was asked is not what"):
        calls_in(line.replace(b"brief", b"short"), "a.jsonl")


def test_the_attempt_that_the_run_went_on_with_is_played() -> None:
    shaped = replace(ASK, schema=SHAPE)
    bad = (call(asked=shaped, text="no"),)
    good = (call(asked=shaped, text='{"n": 1}', value={"n": 1}),)
    better = (call(asked=shaped, text='{"n": 2}', value={"n": 2}),)
    assert played((bad, good)) == good
    assert played((good, better)) == better, "a killed runner had not reported"
    assert played((good, bad)) == good
    assert played((bad, bad)) == bad


# Read as: asked so now, it is said to differ here.
DIFFERENCES = {
    "a line": (
        replace(ASK, messages=(ASK.messages[0], Message("user", "One\ntwo!\nthree"))),
        'message 2 (user), line 2: recorded "two", now "two!"',
    ),
    "a line more": (
        replace(ASK, messages=(Message("system", "Be brief.\nNow."), ASK.messages[1])),
        'message 1 (system), line 2: recorded nothing, now "Now."',
    ),
    "a message less": (
        replace(ASK, messages=ASK.messages[:1]),
        "it had 2 messages and has 1",
    ),
    "a role": (
        replace(ASK, messages=(Message("user", "Be brief."), ASK.messages[1])),
        "message 1 was of role system and is of user",
    ),
    "a shape": (
        replace(ASK, schema=SHAPE),
        'the shape of the answer, line 1: recorded "null", now "{"',
    ),
    "the model": (replace(ASK, model="big"), 'model was not set and is "big"'),
    "heat": (replace(ASK, temperature=0.5), "temperature was not set and is 0.5"),
    "length": (replace(ASK, max_tokens=9), "max_tokens was not set and is 9"),
}


@pytest.mark.parametrize("case", DIFFERENCES)
def test_where_it_differs_is_said(case: str) -> None:
    now, said = DIFFERENCES[case]
    assert difference(ASK, now) == said


def test_of_a_long_line_the_part_that_differs_is_shown() -> None:
    then, now = (Ask((Message("user", "a" * 500 + end),)) for end in ("b", "c"))
    said = difference(then, now)
    assert '"…aaaaaaaaaaaaaaaaaaaab", now "…aaaaaaaaaaaaaaaaaaaac"' in said
    assert len(said) < 200


def test_every_secret_that_weir_toml_names_is_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOUSE_KEY", 'k"1\n')
    monkeypatch.setenv("WORD", "k")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-9")
    monkeypatch.setenv("OTHER", "stays")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    house = ProviderConfig(base_url="http://x", api_key="env:HOUSE_KEY")
    secrets = secrets_of(Config(env=("WORD", "GONE"), providers={"house": house}))
    assert secrets == {
        "env:HOUSE_KEY": 'k"1\n',
        "env:WORD": "k",
        "env:OPENAI_API_KEY": "sk-9",
    }
    hide = hiding(secrets)
    assert hide('a k"1\n b') == "a ‹env:HOUSE_KEY› b"
    assert hide(r'{"n": "k\"1\n"}') == '{"n": "‹env:HOUSE_KEY›"}'
    assert hide({"sk-9": ["stays", 1, None]}) == {
        "‹env:OPENAI_API_KEY›": ["stays", 1, None]
    }
    assert hide("‹env:WORK›") == "‹env:WORK›", "a mark stays as it is"
    assert hide("half \ud800") == "half ?"


def test_what_is_in_the_keyring_is_hidden_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ring = SimpleNamespace(get_password=lambda service, name: f"{service}-{name}-9")
    monkeypatch.setitem(sys.modules, "keyring", ring)
    house = ProviderConfig(base_url="http://x", api_key="keyring:weir/house")
    config = Config(secrets={"slack": "keyring:a/b"}, providers={"house": house})
    hide = hiding(secrets_of(config))
    marked = "key ‹keyring:weir/house› and ‹keyring:a/b›"
    assert hide("key weir-house-9 and a-b-9") == marked
    assert hide(marked) == marked, "a mark stays as it is"


async def test_a_secret_that_leaves_no_shape_is_told(root: Path) -> None:
    keeper = Recorder(root, MINE, ("a", 1), "", hiding({"env:ONE": "1"}))
    answer = Answer('{"n": 1}', value={"n": 1}, usage=Usage("m", "p", 1, 1))
    with pytest.raises(ModelError, match="with marks for secrets it does not fit"):
        await keeper.keep(1, replace(ASK, schema=SHAPE), answer)
    assert not (root / "a.jsonl").exists()


async def test_replay_costs_nothing_and_streams(root: Path) -> None:
    used = Usage("m", "house", 10, 5, seconds=3.0, first_token=1.0, cost=2.0)
    cassettes.append(root, MINE, call(text="A longer answer.", usage=used))
    replay = Replay("replay", ProviderConfig()).placed(root, "a.jsonl", "a", HIDE)
    heard: list[str] = []
    answer = await replay.answer(ASK, heard.append)
    assert "".join(heard) == answer.text == "A longer answer."
    assert len(heard) > 2
    assert answer.usage == Usage("m", "replay", 10, 5, first_token=0.0)


async def test_a_step_or_turn_that_is_not_there_is_named(root: Path) -> None:
    cassettes.append(root, MINE, call())
    config = ProviderConfig(cassette="a.jsonl")
    other = Replay("replay", config).placed(root, "", "b", HIDE)
    assert not await other.holds()
    with pytest.raises(ModelError, match=r"it holds no answer for b \(for: a\)"):
        await other.answer(ASK, lambda _: None)
    again = Replay("replay", config).placed(root, "", "a", HIDE)
    await again.answer(ASK, lambda _: None)
    with pytest.raises(ModelError, match="it holds no turn 2 of a") as error:
        await again.answer(ASK, lambda _: None)
    assert not error.value.failure.retryable


async def test_a_cassette_that_is_nowhere_is_told(root: Path) -> None:
    none = Replay("tape", ProviderConfig()).placed(root, "", "a", HIDE)
    with pytest.raises(ModelError, match=r"under \[providers.tape\]"):
        await none.answer(ASK, lambda _: None)
    gone = Replay("tape", ProviderConfig()).placed(root, "gone.jsonl", "a", HIDE)
    with pytest.raises(ModelError, match=r"there is no gone.jsonl"):
        await gone.answer(ASK, lambda _: None)
