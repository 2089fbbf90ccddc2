"""The folder Weir works in, and what its weir.toml says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from engine.errors import InvalidConfig, InvalidWorkspace, NoWorkspace
from engine.files import MB, FileMissing, FileRefused, safe_file
from engine.notify_settings import Notify
from engine.settings import AtLeastOne, Settings

CONFIG = "weir.toml"


class Limits(Settings, frozen=True):
    """How many steps run at once: in all, and for each model provider."""

    steps: AtLeastOne = 8
    providers: dict[str, AtLeastOne] = {}


class ProviderConfig(Settings, frozen=True):
    """A model provider. `api_key` is `env:NAME`; `timeout` is seconds.

    `protocol` is what it speaks, where that does not follow from its name: chat,
    responses, anthropic, replay, or what another package brings.
    """

    protocol: str = ""
    base_url: str = ""
    api_key: str = ""  # left out: the variable that its protocol is known by
    model: str = ""
    timeout: Annotated[float, Meta(gt=0)] = 120.0
    requests_per_minute: AtLeastOne | None = None
    tokens_per_minute: AtLeastOne | None = None
    cassette: str = ""  # of one that replays: a file below the workspace


class HttpConfig(Settings, frozen=True):
    """`hosts`: those with a private address that steps may talk to all the same."""

    hosts: tuple[str, ...] = ()


class PythonConfig(Settings, frozen=True):
    """The Python that `python` steps run on; Weir's own when left out."""

    executable: str = ""


class Price(Settings, frozen=True):
    """Of a model: US dollars for a million tokens."""

    input: Annotated[float, Meta(ge=0)]
    output: Annotated[float, Meta(ge=0)]


class BudgetConfig(Settings, frozen=True):
    """US dollars that models may cost before a person is asked: a run, and a day."""

    run: Annotated[float, Meta(ge=0)] | None = None
    day: Annotated[float, Meta(ge=0)] | None = None


class SchedulesConfig(Settings, frozen=True):
    """`machine`: the name of the only one where schedules begin runs; empty: any."""

    machine: str = ""


class Config(Settings, frozen=True):
    """weir.toml. `databases` are files or addresses; `env` is read by name; `secrets`
    say where each is."""

    name: str = ""
    provider: str = ""
    model: str = ""
    roles: dict[str, tuple[str, ...]] = {}
    limits: Limits = Limits()
    providers: dict[str, ProviderConfig] = {}
    databases: dict[str, str] = {}
    secrets: dict[str, str] = {}
    env: tuple[str, ...] = ()
    http: HttpConfig = HttpConfig()
    python: PythonConfig = PythonConfig()
    schedules: SchedulesConfig = SchedulesConfig()
    prices: dict[str, Price] = {}
    budget: BudgetConfig = BudgetConfig()
    notify: Notify = Notify()


class Workspace(Struct, frozen=True):
    """A folder with `workflows/`, `weir.toml` and `.weir/`."""

    root: Path
    config: Config = Config()

    @property
    def folder(self) -> Path:
        return self.root / ".weir"

    @property
    def definitions(self) -> Path:
        return self.root / "workflows"


def find_workspace(start: Path) -> Path:
    """The nearest folder from `start` upwards with a weir.toml or workflows/."""
    start = start.expanduser().absolute()
    if not start.is_dir():
        raise InvalidWorkspace(f"{start} is not a folder")
    start = start.resolve()
    for folder in (start, *start.parents):
        if is_workspace(folder):
            return folder
    raise NoWorkspace(f"no workspace at {start} or above it; make one with `weir init`")


def is_workspace(folder: Path) -> bool:
    # .github/workflows is another program's.
    return (folder / CONFIG).is_file() or (
        (folder / "workflows").is_dir() and folder.name != ".github"
    )


def open_workspace(root: Path) -> Workspace:
    """The workspace at `root`. Raises InvalidWorkspace, in one line."""
    root = root.expanduser().resolve()
    if not root.is_dir():
        raise InvalidWorkspace(f"{root} is not a folder")
    try:
        text = safe_file(root, CONFIG, MB)
    except FileMissing:
        if not is_workspace(root):
            raise InvalidWorkspace(
                f"{root} is no workspace; make it one with `weir init`"
            ) from None
        return Workspace(root)
    except FileRefused as error:
        raise InvalidWorkspace(f"{CONFIG}: {error}") from error
    return Workspace(root, read_config(text))


def read_config(text: bytes) -> Config:
    """What a weir.toml says. Raises InvalidConfig, with all that is wrong in it."""
    try:
        return msgspec.convert(tomllib.loads(text.decode("utf-8-sig")), Config)
    except (ValueError, RecursionError):
        from engine.config_problems import problems_in  # only where something is wrong

        raise InvalidConfig(problems_in(text)) from None
