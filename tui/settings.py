"""Each setting of a person: what it is, where that comes from, and setting it anew."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from engine.errors import WeirError
from store.whole import write_whole
from tui.actions import ACTIONS
from tui.keymap import default_keymap, remap, settings_in
from tui.personal import (
    DOES,
    KEYMAP,
    SWITCHES,
    UNDO,
    Personal,
    personal_of,
    require_known,
)

Value = str | bool | float | list[str]
ON, OFF = ("true", "on", "yes"), ("false", "off", "no")


class Setting(Struct, frozen=True):
    """`usual` is what it is where nobody has said anything; `given`: the file does.

    The keys of an action are texts, each of presses one after the other.
    """

    name: str
    value: Value
    usual: Value
    given: bool
    does: str


def every(path: Path) -> list[Setting]:
    """All there are, those of keys last. Raises WeirError where the file is wrong."""
    settings = settings_in(path)
    now, usual = personal_of(settings, path), Personal(default_keymap())
    found = [
        Setting(name, getattr(now, name), getattr(usual, name), name in settings, does)
        for name, does in DOES.items()
    ]
    given = settings.get(KEYMAP, {})
    return found + [
        Setting(
            name=f"{KEYMAP}.{action.id}",
            value=texts(now, action.id),
            usual=texts(usual, action.id),
            given=action.id in given,
            does=action.does,
        )
        for action in ACTIONS
    ]


def texts(personal: Personal, action_id: str) -> list[str]:
    """The keys of an action, as a file says them."""
    return [" ".join(keys) for keys in personal.keymap.keys[action_id]]


def value_of(name: str, text: str) -> Value:
    """What is meant by a text; on is true, and a list of keys is written as in TOML."""
    if name in SWITCHES:
        return text in ON if text in (*ON, *OFF) else text
    if name == UNDO:
        return number(text)
    if name.startswith(f"{KEYMAP}.") and text[:1] == "[" and text[-1:] == "]":
        try:
            listed: list[str] = tomllib.loads(f"keys = {text}")["keys"]
        except tomllib.TOMLDecodeError:
            return text
        return listed
    return text


def number(text: str) -> float | str:
    """The text itself where it is none, for a refusal to tell."""
    try:
        return float(text)
    except ValueError:
        return text


def as_text(value: Value | None) -> str:
    """What `value_of` reads again; nothing for what is as usual."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return msgspec.json.encode(value).decode()
    return value or ""


def change(path: Path, changes: Mapping[str, Value | None]) -> Personal:
    """Write these into the file, whose comments and order stay; None: as is usual.

    Raises WeirError, and writes nothing, where the file would not be right after it.
    """
    import tomlkit  # not for the first paint
    from tomlkit.exceptions import TOMLKitError

    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        document = tomlkit.parse(text)
        for name, value in changes.items():
            put(document, name, value)
        text = tomlkit.dumps(document)
        personal = personal_of(tomllib.loads(text), path)
        # Whoever keeps their files elsewhere, behind a link, goes on doing so.
        file = path.resolve()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text.encode())
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise WeirError(f"{path}: it can't be changed: {error}") from error
    return personal


def put(document: MutableMapping[str, Any], name: str, value: Value | None) -> None:
    """Set one in a file's text; None takes it out, also one that means nothing."""
    table, key = place_of(document, name)
    if value is None and key in table:
        del table[key]
        return
    require_setting(name)
    if value is not None:
        table[key] = value


def place_of(
    document: MutableMapping[str, Any], name: str
) -> tuple[MutableMapping[str, Any], str]:
    """The table that a setting stands in, and its key there."""
    head, dot, action_id = name.partition(".")
    if head != KEYMAP or not dot:
        return document, name
    table = document.setdefault(KEYMAP, {})
    if not isinstance(table, MutableMapping):
        raise WeirError("[keymap] is a table of action ids and keys: edit the file")
    return table, action_id


def require_setting(name: str) -> None:
    """Raises WeirError, with the nearest there is."""
    head, dot, action_id = name.partition(".")
    if head != KEYMAP:
        require_known(name)
    elif not dot:
        raise WeirError(f"say of which action: {KEYMAP}.runs.stop=X")
    elif unknown := remap({action_id: []})[1]:
        raise WeirError(unknown[0])


def clashes(personal: Personal, action_id: str, keys: list[str]) -> list[str]:
    """Why an action can't have these keys beside those of all others."""
    every_ = {action.id: texts(personal, action.id) for action in ACTIONS}
    return remap({**every_, action_id: keys})[1]
