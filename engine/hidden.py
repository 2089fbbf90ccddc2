"""Where a secret is: a variable of the environment, or a name in the keyring."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Protocol

from msgspec import Struct

from engine.errors import WeirError
from engine.extras import how_to_add

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


def place_of(whose: str, told: str) -> Place:
    """Where weir.toml says that a secret is. Raises WeirError for another word."""
    if told.startswith(ENV) and told != ENV:
        return Place(told.removeprefix(ENV))
    service, _, name = told.removeprefix(KEYRING).rpartition("/")
    if told.startswith(KEYRING) and service and name:
        return Place(name, service)
    raise WeirError(
        f"{whose} must be env:NAME or keyring:SERVICE/NAME in weir.toml; a key does not"
        " belong into a file"
    )


def value_at(place: Place) -> str | None:
    """A secret's value; None where there is none. Raises WeirError: no keyring."""
    if not place.service:
        return os.environ.get(place.name) or None
    ring = keyring_of()
    try:
        return ring.get_password(place.service, place.name) or None
    except Exception as error:  # a keyring is one of many programs, each with its own
        raise WeirError(f"the keyring does not open: {error}") from error


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
            f"secrets in a keyring need more: {how_to_add('keyring')}"
        ) from error
    return ring
