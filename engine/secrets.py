"""The secrets that weir.toml names: where they are, and what a runner knows of them.

A value is read where it is needed, out of the environment or the keyring of the
system, and is kept nowhere but in memory.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from importlib import import_module
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from engine.errors import WeirError
from engine.handle import Engine
from engine.llm.provider import NAMES, key_from
from engine.redacting import Redaction
from engine.workspace import Config, ProviderConfig, Workspace

ENV = "env:"
KEYRING = "keyring:"


class Place(Struct, frozen=True):
    """Where a secret is: `service` and `name` of a keyring, or a variable's name."""

    name: str
    service: str = ""

    def __str__(self) -> str:
        if self.service:
            return f"{KEYRING}{self.service}/{self.name}"
        return f"{ENV}{self.name}"


def place_of(secret: str, told: str) -> Place:
    """Where weir.toml says that a secret is. Raises WeirError for another word."""
    if told.startswith(ENV) and told != ENV:
        return Place(told.removeprefix(ENV))
    service, _, name = told.removeprefix(KEYRING).rpartition("/")
    if told.startswith(KEYRING) and service and name:
        return Place(name, service)
    raise WeirError(
        f"weir.toml: secret {secret} must be env:NAME or keyring:SERVICE/NAME; a secret"
        " does not belong into a file"
    )


def value_at(place: Place) -> str | None:
    """A secret's value; None where there is none. Raises WeirError: no keyring."""
    if not place.service:
        return os.environ.get(place.name) or None
    return keyring_of().get_password(place.service, place.name)


def keep(place: Place, value: str | None) -> None:
    """Put a value into the keyring; None takes it out. Raises WeirError."""
    ring = keyring_of()
    try:
        if value is None:
            ring.delete_password(place.service, place.name)
        else:
            ring.set_password(place.service, place.name, value)
    except Exception as error:  # a keyring is one of many programs, each with its own
        raise WeirError(f"the keyring refused: {error}") from error


class Ring(Protocol):
    """What is used of the keyring package."""

    def get_password(self, service: str, name: str) -> str | None: ...

    def set_password(self, service: str, name: str, value: str) -> None: ...

    def delete_password(self, service: str, name: str) -> None: ...


def keyring_of() -> Ring:
    """The system's keyring. Raises WeirError where there is none."""
    try:
        ring: Ring = import_module("keyring")
    except ModuleNotFoundError as error:
        raise WeirError(
            "secrets in a keyring need the package: pip install"
            " 'weir-workbench[keyring]'"
        ) from error
    return ring


def found_in(config: Config) -> dict[str, str]:
    """The secrets that are there, by the names that weir.toml gives them."""
    found: dict[str, str] = {}
    for secret, told in config.secrets.items():
        try:
            value = value_at(place_of(secret, told))
        except WeirError:
            continue  # the step that reads it says so
        if value:
            found[secret] = value
    return found


def all_known(config: Config) -> dict[str, str]:
    """Every value that must not be written down: those above, keys of providers and
    passwords of databases among them."""
    tables = {name: ProviderConfig() for name in NAMES} | config.providers
    keys = (key_from(name, table) for name, table in tables.items())
    variables = {key.removeprefix(ENV) for key in keys if key.startswith(ENV)}
    known = {name: os.environ.get(name, "") for name in sorted(variables)}
    for name, told in config.databases.items():
        address = os.environ.get(told.removeprefix(ENV), "") if ENV in told else told
        known[f"of {name}"] = password_in(address)
    return {name: value for name, value in known.items() if value} | found_in(config)


def password_in(address: str) -> str:
    try:
        return urlsplit(address).password or ""
    except ValueError:
        return ""


def why_missing(config: Config, secret: str) -> str:
    """What to do about a secret that is not there."""
    told = config.secrets.get(secret)
    if told is None:
        return f"name {secret} under [secrets] in weir.toml"
    try:
        place = place_of(secret, told)
        value_at(place)
    except WeirError as error:
        return str(error)
    if place.service:
        return f"`weir secret set {secret}` puts it into the keyring"
    return f"set {place.name} and wake a runner that knows it (`weir runner stop`)"


class Known(Struct, frozen=True):
    """What steps may read, and what is never written down."""

    values: Mapping[str, str]
    redaction: Redaction


class Secrets:
    """The secrets of a runner's workspace, read again when weir.toml has changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._of: Workspace | None = None
        self._known = Known({}, Redaction({}))

    async def known(self) -> Known:
        workspace = self._engine.workspace
        if self._of is not workspace:
            # A keyring is another process, and may ask the person at the screen.
            self._known = await asyncio.to_thread(read, workspace.config)
            self._of = workspace
        return self._known


def read(config: Config) -> Known:
    return Known(found_in(config), Redaction(all_known(config)))
