"""The secrets that weir.toml names: where they are, and what a runner knows of them.

A value is read where it is needed, out of the environment or the keyring of the
system, and is kept nowhere but in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from engine.context.servers import is_address
from engine.errors import WeirError
from engine.handle import Engine
from engine.hidden import place_of, value_at
from engine.llm.provider import NAMES, key_from
from engine.redacting import Redaction
from engine.workspace import Config, ProviderConfig, Workspace


def found_in(config: Config) -> dict[str, str]:
    """The secrets that are there, by the names that weir.toml gives them."""
    return looked_up({f"secret {n}": told for n, told in config.secrets.items()})


def looked_up(places: Mapping[str, str]) -> dict[str, str]:
    """The values that are there, by whose they are."""
    found: dict[str, str] = {}
    for whose, told in places.items():
        try:
            value = value_at(place_of(whose, told))
        except WeirError:
            continue  # the step that needs it says so
        if value:
            found[whose.removeprefix("secret ")] = value
    return found


def all_known(config: Config) -> dict[str, str]:
    """Every value that must not be written down: those above, keys of providers,
    passwords of databases and addresses of targets among them."""
    tables = {name: ProviderConfig() for name in NAMES} | config.providers
    whose: dict[str, list[str]] = {}  # by the place, which several may share
    for name, table in tables.items():
        whose.setdefault(key_from(name, table), []).append(name)
    told = {f"key of {' and '.join(n)}": key for key, n in whose.items() if key}
    keys = looked_up(told)
    places = {n: told for n, told in config.databases.items() if is_address(told)}
    hidden = {n: told for n, told in places.items() if "://" not in told}
    passwords = {
        f"password of {name}{form}": password
        for name, address in (places | looked_up(hidden)).items()
        for form, password in passwords_in(address).items()
    }
    addresses = config.notify.targets.items()
    targets = looked_up({f"address of {name}": at for name, at in addresses})
    return keys | passwords | targets | found_in(config)


def passwords_in(address: str) -> dict[str, str]:
    """The password of a database's address: as it stands there, and as it is."""
    try:
        written = urlsplit(address).password or ""
    except ValueError:
        return {}
    return {" (in its address)": written, "": unquote(written)}


def why_missing(config: Config, secret: str) -> str:
    """What to do about a secret that is not there."""
    told = config.secrets.get(secret)
    if told is None:
        return f"name {secret} under [secrets] in weir.toml"
    try:
        place = place_of(f"secret {secret}", told)
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

    @property
    def at_hand(self) -> Known | None:
        """What is known without a look; None before the first, or a new weir.toml."""
        return self._known if self._of is self._engine.workspace else None


def read(config: Config) -> Known:
    return Known(found_in(config), Redaction(all_known(config)))
