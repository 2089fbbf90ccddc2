"""What a run is asked to record its models in, or to be answered from."""

from __future__ import annotations

from pathlib import Path

from engine.errors import InvalidValues, NotFound, WeirError
from engine.files import FileMissing
from engine.llm import cassette as cassettes
from engine.machine.state import Cassette
from engine.workspace import ProviderConfig, Workspace

REPLAY = "replay"


def recorded(
    workspace: Workspace, provider: str, run: str, file: str, *, force: bool
) -> Cassette:
    """The cassette a run is to be recorded in. Nothing is written yet.

    `force`: in the place of one that is there. Raises InvalidValues.
    """
    if replays(workspace, name := provider or workspace.config.provider):
        raise InvalidValues(
            [f"provider {name} answers from a cassette; --record needs one that asks"]
        )
    if not file:
        return Cassette(cassettes.own_file(run), run)
    found = within(workspace, file)
    try:
        over = cassettes.replaceable(workspace.root, found)
        with cassettes.folder_of(workspace.root, found):
            pass  # it is there: a folder that is misspelt should not be made
    except FileMissing as error:
        folder = Path(found).parent.as_posix()
        raise InvalidValues(
            [f"there is no folder {folder} in the workspace; make it, then record"]
        ) from error
    except WeirError as error:
        raise InvalidValues([str(error)]) from error
    if over and not force:
        what = "--force records in its place, once a model has answered"
        raise InvalidValues([f"{found} is there already; {what}"])
    return Cassette(found, run, over)


def played(workspace: Workspace, provider: str, file: str) -> Cassette | None:
    """The cassette a run is to be answered from; None where it asks models.

    Raises NotFound, InvalidValues.
    """
    name = provider or workspace.config.provider
    if not replays(workspace, name):
        if file:
            raise InvalidValues(
                ["--cassette goes with --record, or with --provider replay"]
            )
        return None
    file = file or table_of(workspace, name).cassette
    if not file:
        raise NotFound(
            f"provider {name} needs a cassette: name it with --cassette FILE, or as"
            f" `cassette` in weir.toml under [providers.{name}]"
        )
    found = within(workspace, file)
    try:
        cassettes.calls_in(cassettes.read(workspace.root, found), found)
    except FileMissing as error:
        raise NotFound(f"{error}; record it first, with --record") from error
    except WeirError as error:
        raise InvalidValues([str(error)]) from error
    return Cassette(found)


def replays(workspace: Workspace, provider: str) -> bool:
    return (table_of(workspace, provider).protocol or provider) == REPLAY


def table_of(workspace: Workspace, provider: str) -> ProviderConfig:
    return workspace.config.providers.get(provider, ProviderConfig())


def within(workspace: Workspace, file: str) -> str:
    """The path below the workspace, of one that may be given from the root."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(workspace.root):
        path = path.relative_to(workspace.root)
    return path.as_posix()
