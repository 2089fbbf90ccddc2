"""A person at a terminal: real commands, a real folder, a real runner."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from store.changes import changes
from store.database import open_database
from tests.store.conftest import small_disk
from tests.stories.listener import listener
from tests.stories.place import MOCK, PATIENCE, WEIR, Place

__all__ = ["listener", "small_disk"]  # fixtures for every story


class Person:
    """Someone who types commands in a workspace."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def types(self, *words: str, ends: int = 0) -> str:
        """What a command prints. It must end with that exit code."""
        done = self.run([*WEIR, *words])
        said = f"weir {' '.join(words)} ended with {done.returncode}"
        assert done.returncode == ends, f"{said}\n{done.stdout}\n{done.stderr}"
        return done.stdout + (done.stderr if ends else "")

    def reads(self, *words: str) -> Any:
        """What a command prints with --json."""
        return msgspec.json.decode(self.types(*words, "--json"))

    def git(self, *words: str) -> None:
        name = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com")
        done = self.run(["git", *name, "-c", "commit.gpgsign=false", *words])
        assert done.returncode == 0, done.stderr

    def run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def starts(self, *words: str, ends: int) -> str:
        """The id of a run that this command starts, and follows to where it stands."""
        self.types("run", *words, ends=ends)
        newest: str = self.reads("runs", "--limit", "1")[0]["id"]
        return newest

    def gate(self, run: str) -> str:
        """The id of the gate that is open in a run."""
        gates = self.reads("show", run)["approvals"]
        (open_one,) = [gate["id"] for gate in gates if gate["status"] == "pending"]
        return str(open_one)

    def waits_until(self, run: str, *statuses: str) -> str:
        """The status a run comes to, out of these."""

        async def follow() -> str:
            async with asyncio.timeout(PATIENCE):
                async for _ in changes(database):
                    status: str = self.reads("show", run)["run"]["status"]
                    if status in statuses:
                        return status
            raise AssertionError("changes never end")

        database = open_database(self.root / ".weir", read_only=True)
        try:
            return asyncio.run(follow())
        finally:
            database.close()

    def steps(self, run: str) -> list[str]:
        """The steps a run has been to, in order."""
        return [step["path"] for step in self.reads("show", run)["steps"]]

    def output(self, run: str, step: str) -> Any:
        return self.reads("show", run, "--step", step)["output"]

    def prompt(self, run: str, step: str) -> str:
        """What the model was asked in a step."""
        pieces = self.reads("logs", run, "--step", step)
        return "\n".join(p["text"] for p in pieces if p["stream"] == "prompt")


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """A person in an empty folder. Their runners go home with them."""
    root, home = tmp_path / "work", tmp_path / "home"
    root.mkdir()
    home.mkdir()
    someone = Person(root, home)
    yield someone
    for folder in (root, *root.iterdir()):
        if (folder / ".weir").is_dir():
            someone.types("-C", str(folder), "runner", "stop")


@pytest.fixture
def make_place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """Makes workspaces whose runners may be killed, and are when the test ends."""
    made: list[Place] = []

    def make(root: Path | None = None, config: str = MOCK, **texts: str) -> Place:
        files = {f"{name}.yaml": text for name, text in texts.items()}
        place = Place(root or tmp_path / "work", files, tmp_path / "home", config)
        made.append(place)
        return place

    yield make
    for place in made:
        place.close()
