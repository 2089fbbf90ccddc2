"""Putting marks in the place of secrets before words leave for a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import WeirError
from engine.hidden import ENV, place_of, value_at
from engine.llm.provider import NAMES, key_from
from engine.workspace import Config, ProviderConfig

Json = Any
Hide = Callable[[Json], Json]
MARK = r"‹(?:env:[A-Za-z0-9_]+|keyring:[^‹›\n]+)›"


def secrets_of(config: Config) -> dict[str, str]:
    """What weir.toml names, and known keys, that is there: by the place it is at."""
    tables = {name: ProviderConfig() for name in NAMES} | config.providers
    keys = (key_from(name, table) for name, table in tables.items())
    variables = (f"{ENV}{name}" for name in config.env)
    told = sorted({*keys, *variables, *config.secrets.values()})
    found = {place: there(place) for place in told}
    return {place: value for place, value in found.items() if value}


def there(told: str) -> str | None:
    """The value at a place; None where it has none, or is none."""
    try:
        return value_at(place_of("", told))
    except WeirError:
        return None  # whoever needs it is told so


def hiding(secrets: Mapping[str, str]) -> Hide:
    """What replaces each secret in plain data by its mark, however deep it stands.

    A secret is known as it is and as JSON writes it. A mark that is there stays. Half
    a surrogate pair, as a model may send one, can't be written and is `?`.
    """
    marks: dict[str, str] = {}
    for name, value in secrets.items():
        in_json = (json.dumps(value, ensure_ascii=a)[1:-1] for a in (False, True))
        for written in (value, *in_json):
            marks.setdefault(written, f"‹{name}›")
    longest = sorted(marks, key=len, reverse=True)
    pattern = re.compile("|".join([MARK, *map(re.escape, longest)]))

    def hide(value: Json) -> Json:
        match value:
            case str():
                text = value.encode(errors="replace").decode()
                return pattern.sub(lambda m: marks.get(m[0], m[0]), text)
            case list() | tuple():
                return [hide(each) for each in value]
            case dict():
                return {hide(key): hide(each) for key, each in value.items()}
            case _:
                return value

    return hide
