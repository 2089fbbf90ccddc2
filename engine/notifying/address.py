"""Where a target is: an address, which is mostly a secret, and what to say of it."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from engine.errors import NotFound, WeirError
from engine.hidden import ENV, KEYRING, place_of, value_at
from engine.redacting import Redaction
from engine.secret_forms import LEAST
from engine.secrets import why_missing
from engine.workspace import Config

SECRET = "secret:"
HIDDEN = (SECRET, ENV, KEYRING)
# Of these an address may do without a key.
PLAIN = re.compile(r"(json|form|xml|ntfy|mailto|syslog)s?://", re.IGNORECASE)


def told_of(config: Config, target: str) -> str:
    """What weir.toml says of a target. Raises NotFound."""
    told = config.notify.targets.get(target)
    if told is None:
        known = ", ".join(config.notify.targets) or "none"
        raise NotFound(
            f"no target {target!r} under [notify.targets] in weir.toml; known: {known}"
        )
    return told


def address_of(config: Config, target: str) -> str:
    """The address of a target. Raises WeirError where there is none, or it is unfit."""
    told = told_of(config, target)
    if told.startswith(SECRET):
        return in_secret(config, told.removeprefix(SECRET))
    if told.startswith(HIDDEN):
        place = place_of(f"target {target}", told)
        if found := value_at(place):
            return found
        raise WeirError(
            f"target {target}: nothing is at {told}; put its address there, and wake a"
            " runner that knows it (`weir runner stop`)"
        )
    if not PLAIN.match(told) or has_password(told):
        raise WeirError(
            f"target {target} must be secret:NAME, env:NAME or keyring:SERVICE/NAME:"
            " an address with a key in it does not belong into a file"
        )
    return told


def in_secret(config: Config, name: str) -> str:
    told = config.secrets.get(name)
    found = value_at(place_of(f"secret {name}", told)) if told else None
    if found:
        return found
    raise WeirError(f"secret {name} is not there: {why_missing(config, name)}")


def has_password(address: str) -> bool:
    try:
        return urlsplit(address).password is not None
    except ValueError:
        return True


def hiding(config: Config, target: str, address: str) -> Redaction:
    """Takes an address, and each part of it that may be a key, out of what is told."""
    if not told_of(config, target).startswith(HIDDEN):
        return Redaction({})
    parts = re.split(r"[/:?&=@,]+", address.partition("://")[2])
    secret = {address, *parts, *map(unquote, parts)}
    long = sorted(part for part in secret if len(part) >= LEAST)
    return Redaction({f"{target}, part {n}": part for n, part in enumerate(long, 1)})
