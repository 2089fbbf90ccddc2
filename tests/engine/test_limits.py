"""How fast providers are asked, by a clock that is moved by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine import limits
from engine.limits import Bucket, Pace, Turns
from engine.machine.state import Usage
from engine.workspace import open_workspace
from tests.given import make_workspace, open_engine

CONFIG = """[providers.house]
base_url = "http://127.0.0.1:9"
requests_per_minute = 2
tokens_per_minute = 600
"""


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(limits, "now", clock)
    monkeypatch.setattr(limits.asyncio, "sleep", clock.sleep)
    return clock


def test_a_bucket_fills_at_its_rate_and_holds_a_minute_of_it() -> None:
    bucket = Bucket(60, 0.0)
    assert bucket.wait(60, 0.0) == 0
    bucket.take(60)
    assert bucket.wait(1, 0.0) == 1.0
    assert bucket.wait(1, 1.0) == 0
    assert bucket.wait(1000, 1000.0) == 0, "no more is waited for than it holds"
    bucket.take(90)
    assert bucket.wait(1, 1000.0) == 31.0, "what was taken too much is owed"


def test_without_a_limit_there_is_nothing_to_wait_for() -> None:
    bucket = Bucket(None, 0.0)
    bucket.take(1_000_000)
    assert bucket.wait(1, 0.0) == 0


async def test_a_provider_that_says_when_is_left_alone_until_then() -> None:
    pace = Pace(None, None, 0.0)
    pace.hold(7.0)
    pace.hold(3.0)
    assert pace.wait(0.0) == 7.0
    assert pace.wait(7.0) == 0


async def test_questions_beyond_the_minute_wait_and_say_so(
    tmp_path: Path, clock: Clock
) -> None:
    engine = open_engine(make_workspace(tmp_path, {}, CONFIG))
    turns, said, order = Turns(engine), [], []

    async def ask(name: str, tokens: int) -> None:
        async with turns.at("house", lambda _, text: said.append(text)):
            order.append((name, clock.now))
            turns.answered("house", Usage(input_tokens=tokens), None)

    for name in "abc":
        await ask(name, 10)
    assert order == [("a", 100.0), ("b", 100.0), ("c", 130.0)]
    assert said == ["house takes no more now; waits 30.0 s\n"]
    await ask("d", 1200)
    await ask("e", 0)
    assert order[3] == ("d", 160.0)
    # 600 tokens were there, 1,200 were used: 601 are to come at 10 a second.
    assert order[4][0] == "e"
    assert order[4][1] == pytest.approx(160.0 + 60.1)
    engine.database.close()


async def test_who_asks_first_is_first_and_others_are_not_held_up(
    tmp_path: Path, clock: Clock
) -> None:
    engine = open_engine(make_workspace(tmp_path, {}, CONFIG))
    turns, order = Turns(engine), []

    async def ask(name: str, provider: str | None) -> None:
        async with turns.at(provider, lambda *_: None):
            order.append(name)

    turns.answered("house", None, 5.0)
    names = ["one", "two", "three", "four"]
    asking = [asyncio.create_task(ask(name, "house")) for name in names]
    await ask("free", None)
    await ask("other", "mock")
    await asyncio.gather(*asking)
    assert order[:2] == ["free", "other"]
    assert order[2:] == names
    assert clock.slept[0] == 5.0
    engine.database.close()


async def test_who_waits_for_another_answer_says_so_and_goes_by_a_new_weir_toml(
    tmp_path: Path,
) -> None:
    config = CONFIG.replace("requests_per_minute = 2\ntokens_per_minute = 600\n", "")
    one, two = (f"{config}[limits]\nproviders = {{house = {n}}}\n" for n in (1, 2))
    engine = open_engine(make_workspace(tmp_path, {}, one))
    turns, said, heard = Turns(engine), list[str](), asyncio.Event()

    def log(_: str, text: str) -> None:
        said.append(text)
        heard.set()

    async def ask() -> None:
        async with turns.at("house", log):
            said.append("asked")

    async with turns.at("house", log):
        second = asyncio.create_task(ask())
        await heard.wait()
        assert "waits until house has answered one of 1" in said[0]
        engine.workspace = open_workspace(make_workspace(tmp_path, {}, two))
        await asyncio.wait_for(ask(), 10)
        assert said[1:] == ["asked"], "it is not held back any more"
    await second
    engine.database.close()
