"""The workbench on another machine: over a real SSH, which may be cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from engine.machine.state import Decision
from store import approvals, runners
from tests.stories.place import Place, is_gone, is_running, number_in, until
from tests.stories.sshd import SshServer, required
from tests.stories.window import Window, require_tmux

GATED = """workflow: gated
steps:
  - {id: ask, approval: {title: "Go on?"}}
  - {id: work, shell: "until test -e FOLDER/go; do sleep 0.05; done"}
"""
MakePlace = Callable[..., Place]


@pytest.fixture
def place(make_place: MakePlace, tmp_path: Path) -> Place:
    return make_place(gated=GATED.replace("FOLDER", str(tmp_path)))


@pytest.fixture
def server(place: Place, tmp_path: Path) -> Iterator[SshServer]:
    required("ssh")
    own = ("WEIR_STATE", "LANG", "OPENAI_API_KEY")
    given = {name: place.environment[name] for name in own}
    server = SshServer(
        tmp_path / "ssh", {**given, "XDG_CONFIG_HOME": str(tmp_path / "nobody")}
    )
    yield server
    server.close()


@pytest.fixture
def window(place: Place, tmp_path: Path) -> Iterator[Window]:
    require_tmux()
    window = Window(place, tmp_path)
    yield window
    window.close()


def test_who_decides_over_ssh_is_known_and_a_line_that_is_cut_stops_nothing(
    place: Place, server: SshServer, window: Window, tmp_path: Path
) -> None:
    run = place.start("gated")
    there = f"cd {place.root} && echo $$ > {tmp_path}/pid && exec {tmp_path}/weir"
    window.enters(server.line(there))
    window.sees("Approvals(1)")
    window.press("2")
    window.sees("── end")
    window.presses_until("a", lambda: decisions(place, run))
    (decision,) = decisions(place, run)
    assert decision.by.via == "workbench"
    assert decision.by.ssh.startswith("127.0.0.1 ")
    place.until_step(run, "work", "running")
    (runner,) = runners.every(place.database)

    server.drop()
    window.sees("closed by remote host")
    until(lambda: is_gone(number_in(tmp_path / "pid")))
    assert is_running(runner.pid)
    (tmp_path / "go").touch()
    place.until_run(run, "succeeded")


def decisions(place: Place, run: str) -> list[Decision]:
    (gate,) = approvals.of_run(place.database, run)
    return msgspec.json.decode(gate.decisions, type=list[Decision])
