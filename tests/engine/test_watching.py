"""What is saved arrives, by the news of the file system or without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from engine import watching
from engine.handle import Engine
from store import definitions
from tests.engine.git_given import commit, git
from tests.given import comes_true, make_workspace, open_engine

GOOD = "workflow: w\nsteps:\n  - {id: a, set: {x: 1}}\n"
ASKS = "workflow: w\nsteps:\n  - {id: a, sql: {query: select 1, database: shop}}\n"


@asynccontextmanager
async def followed(engine: Engine) -> AsyncGenerator[list[str], None]:
    """The files are followed while the block runs; what is told of it."""
    told: list[str] = []
    task = asyncio.create_task(watching.watch(engine, told.append))
    yield told
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    engine.database.close()


async def test_a_checkout_of_two_hundred_definitions_arrives_whole(
    tmp_path: Path,
) -> None:
    root = make_workspace(tmp_path, {"w.yaml": GOOD})
    commit(root)
    git(root, "checkout", "-q", "-b", "many")
    for n in range(200):
        text = GOOD.replace("workflow: w", f"workflow: w{n}")
        (root / "workflows" / f"w{n}.yaml").write_text(text)
    commit(root)
    git(root, "checkout", "-q", "main")
    engine = open_engine(root)
    async with followed(engine) as told:
        await comes_true(is_watched)
        git(root, "checkout", "-q", "many")
        await comes_true(lambda: len(definitions.every(engine.database)) == 201)
        git(root, "checkout", "-q", "main")
        await comes_true(lambda: missing(engine) == 200)
    assert not told


async def test_what_weir_toml_names_is_known_when_it_is_saved(tmp_path: Path) -> None:
    root = make_workspace(tmp_path, {"w.yaml": ASKS})
    engine = open_engine(root)
    async with followed(engine) as told:
        assert definitions.problems(engine.database)
        await asyncio.sleep(0)  # it has looked at the file once
        name_the_database(root)
        await comes_true(lambda: not definitions.problems(engine.database))
    assert not told


async def test_files_are_polled_where_there_is_no_watch_to_spare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bool | None] = []

    def without_watches(folder: Path, force_polling: bool | None, **how: Any) -> Any:
        tried.append(force_polling)
        if not force_polling:
            raise RuntimeError("Too many open files")
        return watchfiles.awatch(folder, force_polling=True, poll_delay_ms=20, **how)

    monkeypatch.setattr(watching, "awatch", without_watches)
    root = make_workspace(tmp_path, {"w.yaml": GOOD})
    engine = open_engine(root)
    async with followed(engine) as told:
        await comes_true(lambda: tried == [None, True])
        number = 0
        while len(definitions.versions(engine.database, "workflow", "w")) == 1:
            number += 1  # more than once: when polling began is not told
            (root / "workflows" / "w.yaml").write_text(GOOD.replace("1", str(number)))
            await asyncio.sleep(0.2)
    assert not told


def name_the_database(root: Path) -> None:
    (root / "weir.toml").write_text('[databases]\nshop = "shop.db"\n')


def missing(engine: Engine) -> int:
    return sum(d.missing for d in definitions.every(engine.database))


def is_watched() -> bool:
    """Whether this process watches a folder: then no change is overlooked."""
    for handle in Path("/proc/self/fdinfo").iterdir():
        with suppress(OSError):  # closed meanwhile
            if "inotify wd" in handle.read_text():
                return True
    return False
