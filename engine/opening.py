"""Opening a workspace's store, and knowing whether its runs are this person's.

A folder from someone else may bring a `.weir/` with runs that are half-way done: the
runner would go on with them, whatever the files say. So a store is only acted on where
it was made, or where a person has looked at it (`weir trust`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from engine.errors import NotTrusted
from engine.files import FileMissing, safe_file
from engine.workspace import CONFIG, Workspace
from store import definitions
from store.database import NAME, Database, open_database

if TYPE_CHECKING:
    from engine.definition.model import Definition


def open_store(workspace: Workspace, *, read_only: bool = False) -> Database:
    """The store of a workspace; one that is made by this is remembered as ours."""
    made_here = not (workspace.folder / NAME).exists()
    database = open_database(workspace.folder, read_only=read_only)
    if made_here:
        from engine.trust import Trust  # Git and its processes: for the first time only

        Trust.open().know_store(workspace.root, database.device)
    return database


@contextlib.contextmanager
def empty_store() -> Iterator[Database]:
    """A store of no workspace, gone afterwards: what was never written reads so."""
    from tempfile import TemporaryDirectory  # for the first look at a folder only

    with (
        TemporaryDirectory(prefix="weir-") as folder,
        open_database(Path(folder) / ".weir") as database,
    ):
        yield database


def is_known(workspace: Workspace, database: Database) -> bool:
    """Whether the store was made here, or was looked at and taken over."""
    from engine.trust import Trust

    return Trust.open().knows_store(workspace.root, database.device)


def all_it_could_run(database: Database) -> list[Definition]:
    """What every text in a store says, read anew from the text itself.

    Raises WeirError for a text that is not what its digest says.
    """
    from engine.handle import definition_of  # looking at runs needs none of it

    versions = definitions.every_version(database)
    return [definition_of(replace(version, format=0)) for version in versions]


def take_over(workspace: Workspace, database: Database) -> None:
    """Let the runs of a store go on from here: a person has looked at it."""
    from engine.trust import Trust

    definitions.forget_compiled(database)  # compiled by whom, nobody knows
    Trust.open().know_store(workspace.root, database.device)


def require_known(workspace: Workspace, database: Database) -> None:
    """Raise NotTrusted for a store, or a weir.toml, that came from someone else."""
    if not is_known(workspace, database):
        raise NotTrusted(
            f"the runs in {workspace.folder} came with this folder and may not go on;"
            " look at them with `weir trust`, or move .weir away to begin anew"
        )
    require_texts(workspace, {})


def require_texts(workspace: Workspace, texts: Mapping[str, str]) -> None:
    """Raise NotTrusted for texts, by path, that came from someone else.

    weir.toml is always among them: it says where a model's key is sent, and who
    may decide.
    """
    from engine.trust import Trust

    files = {path: text.encode() for path, text in texts.items()}
    with contextlib.suppress(FileMissing):
        files[CONFIG] = safe_file(workspace.root, CONFIG)
    unknown = Trust.open().untrusted(workspace.root, files)
    if unknown:
        raise NotTrusted(
            f"{', '.join(unknown)} came from someone else and may not run yet;"
            " look at it with `weir trust`"
        )
