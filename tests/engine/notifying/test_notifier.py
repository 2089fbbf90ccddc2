"""Facts about sending: by a clock moved by hand, to a server that may refuse."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.extras import how_to_add
from engine.handle import Engine
from engine.inbox import inbox
from engine.machine.commands import RetryRun
from engine.machine.state import Actor
from engine.notifying import notifier as notifier_
from engine.notifying import sending as sending_
from engine.notifying.choosing import MOST_TRIES
from engine.notifying.notifier import Notifier
from engine.notifying.standing import standing
from engine.trust import Trust
from store.shapes import NOTICE
from tests.given import Clock, make_workspace, open_engine, running, start, until
from tests.stories.listener import Listener

ZONE = ZoneInfo("Europe/Vienna")
GATE = """workflow: {name}
steps:
  - {{id: ask, approval: {{title: "May {name}?", risk: {risk}}}}}
  - {{id: done, set: {{x: 1}}}}
"""
BROKEN = """workflow: broken
steps:
  - {id: print, shell: "test -f paper"}
"""
FILES = {
    "broken.yaml": BROKEN,
    "calm.yaml": GATE.format(name="calm", risk="normal"),
    "grave.yaml": GATE.format(name="grave", risk="high"),
}
QUIET = """
[notify.quiet]
from = "22:00"
until = "07:00"
timezone = "Europe/Vienna"
unless = ["high"]
"""


class Sending:
    """A workspace with a runner, and its notifier, which looks when it is told to."""

    def __init__(self, engine: Engine, clock: Clock, runner: str) -> None:
        self.engine, self.clock = engine, clock
        self.notifier = Notifier(engine, runner, lambda said: None)

    async def open_gate(self, workflow: str) -> str:
        run = await asyncio.to_thread(start, self.engine, workflow)
        await until(self.engine, run, "waiting")
        return run

    async def fail(self) -> str:
        run = await asyncio.to_thread(start, self.engine, "broken")
        await until(self.engine, run, "failed")
        return run

    async def look(self) -> Counter[str]:
        """Look once, let what is being sent come to its end, and tell the statuses."""
        await self.notifier.look()
        await asyncio.gather(*self.notifier._sending.values())
        return self.statuses()

    def statuses(self) -> Counter[str]:
        found = NOTICE.read(self.engine.database, NOTICE.select())
        return Counter(each.status for each in found)

    def troubles(self) -> list[str]:
        return [item.title for item in inbox(self.engine) if item.kind == "notice"]


@asynccontextmanager
async def sending(
    root: Path, listener: Listener, more: str = "", at: str = "2027-03-01T12:00"
) -> AsyncIterator[Sending]:
    clock = Clock(datetime.fromisoformat(at).replace(tzinfo=ZONE).timestamp())
    targets = f'[notify.targets]\nops = "{listener.address()}"\n'
    told = f'provider = "mock"\n{more}\n{targets}'
    engine = open_engine(make_workspace(root, FILES, told), clock)
    async with running(engine) as runner:
        yield Sending(engine, clock, runner.id)
    engine.database.close()


async def test_the_night_is_held_until_the_morning_and_goes_as_one_message(
    tmp_path: Path, listener: Listener
) -> None:
    async with sending(tmp_path, listener, QUIET, "2027-03-01T23:00") as place:
        for _ in range(2):
            await place.open_gate("calm")
        assert await place.look() == {"waiting": 2}
        config, database = place.engine.workspace.config, place.engine.database
        (ops,) = standing(config, database, place.clock.now)
        assert (ops.waiting, ops.why) == (2, "it is quiet until then")
        assert ops.until == place.clock.now + 8 * 3600
        await place.open_gate("grave")
        assert await place.look() == {"waiting": 2, "sent": 1}
        place.clock.now += 8 * 3600
        assert await place.look() == {"sent": 3}
    grave, night = listener.heard
    assert grave["title"] == "High risk: May grave?"
    assert night["title"] == "2 gates wait for you"
    assert night["message"].count("- May calm?") == 2


async def test_an_hour_has_its_number_of_messages(
    tmp_path: Path, listener: Listener
) -> None:
    async with sending(tmp_path, listener, "notify.per_hour = 2") as place:
        for _ in range(4):
            await place.open_gate("calm")
            await place.look()
        assert place.statuses() == {"sent": 2, "waiting": 2}
        place.clock.now += 3600
        assert await place.look() == {"sent": 4}
    assert len(listener.heard) == 3


async def test_what_is_refused_is_tried_again_and_then_told(
    tmp_path: Path, listener: Listener
) -> None:
    listener.answers = 503
    async with sending(tmp_path, listener) as place:
        await place.open_gate("calm")
        for tries in range(1, MOST_TRIES):
            assert await place.look() == {"waiting": 1}
            assert await place.look() == {"waiting": 1}  # it is too soon
            assert len(listener.heard) == tries
            assert place.troubles() == []
            place.clock.now += 900
        assert await place.look() == {"failed": 1}
        (trouble,) = place.troubles()
        assert trouble.startswith("ops may not know of 1 gate: ")
        assert "error=503" in trouble


async def test_a_server_that_is_back_has_it_once(
    tmp_path: Path, listener: Listener
) -> None:
    listener.answers = 503
    async with sending(tmp_path, listener) as place:
        await place.open_gate("calm")
        await place.look()
        listener.answers = 200
        place.clock.now += 30
        assert await place.look() == {"sent": 1}
        assert await place.look() == {"sent": 1}
        assert place.troubles() == []
    assert len(listener.heard) == 2


async def test_what_may_have_arrived_is_told_and_not_sent_again(
    tmp_path: Path, listener: Listener
) -> None:
    listener.answers = 0
    async with sending(tmp_path, listener) as place:
        await place.open_gate("calm")
        assert await place.look() == {"unknown": 1}
        place.clock.now += 3600
        assert await place.look() == {"unknown": 1}
        (trouble,) = place.troubles()
        assert "it may have arrived" in trouble
    assert len(listener.heard) == 1


async def test_without_the_package_it_says_how_to_get_it(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending_, "find_spec", lambda name: None)
    async with sending(tmp_path, listener) as place:
        await place.open_gate("calm")
        assert await place.look() == {"waiting": 1}
        (trouble,) = place.troubles()
        assert how_to_add("notify") in trouble
        await place.look()
        assert not place.notifier.needed, "no runner stays for what can't be tried"


async def test_what_nobody_expected_holds_a_message_and_is_said(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sending(tmp_path, listener) as place:
        await place.open_gate("calm")
        with monkeypatch.context() as broken:
            broken.setattr(notifier_, "compose", lambda *_: {}["no such key"])
            assert await place.look() == {"waiting": 1}
        (trouble,) = place.troubles()
        assert "Weir stumbled: KeyError" in trouble
        place.clock.now += 61
        assert await place.look() == {"sent": 1}


async def test_a_folder_that_is_not_trusted_sends_nothing(
    tmp_path: Path, listener: Listener
) -> None:
    async with sending(tmp_path, listener) as place:
        await place.open_gate("calm")
        file = place.engine.workspace.root / "weir.toml"
        changed = file.read_bytes() + b"# by someone else\n"
        file.write_bytes(changed)
        assert await place.look() == {"waiting": 1}
        (trouble,) = place.troubles()
        assert "weir.toml came from someone else" in trouble
        Trust.open().trust_texts(place.engine.workspace.root, {"weir.toml": changed})
        place.clock.now += 61
        assert await place.look() == {"sent": 1}
        assert place.troubles() == []


async def test_a_run_that_failed_is_told_once_and_says_what_goes_on_with_it(
    tmp_path: Path, listener: Listener
) -> None:
    async with sending(tmp_path, listener) as place:
        run = await place.fail()
        assert await place.look() == {"sent": 1}
        assert await place.look() == {"sent": 1}
    (told,) = listener.heard
    assert told["title"] == "Failed: broken"
    assert f"{run} has failed: print: exit status 1" in told["message"]
    assert f"weir -C {place.engine.workspace.root} why {run}" in told["message"]


async def test_a_failure_in_the_night_is_held_and_goes_with_the_gates_of_it(
    tmp_path: Path, listener: Listener
) -> None:
    async with sending(tmp_path, listener, QUIET, "2027-03-01T23:00") as place:
        await place.fail()
        await place.open_gate("calm")
        assert await place.look() == {"waiting": 2}
        place.clock.now += 8 * 3600
        assert await place.look() == {"sent": 2}
    (told,) = listener.heard
    assert told["title"] == "1 gate and 1 failure wait for you"


async def test_a_failure_that_goes_on_meanwhile_is_not_told(
    tmp_path: Path, listener: Listener
) -> None:
    async with sending(tmp_path, listener, QUIET, "2027-03-01T23:00") as place:
        run = await place.fail()
        (place.engine.workspace.root / "paper").touch()
        await asyncio.to_thread(place.engine.handle, run, RetryRun(Actor("ana")))
        await until(place.engine, run, "succeeded")
        place.clock.now += 8 * 3600
        assert await place.look() == {"over": 1}
    assert listener.heard == []
