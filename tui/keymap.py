"""Which keys do what: the registry's own, or as remapped in the person's config.toml.

Textual ignores an unknown id and lets one binding steal another's key without a word;
here either is an error that names the nearest id or both sides of the clash.
A key is written as it is typed (`x`, `R`, `/`, `ctrl+p`, `pagedown`); keys that are
pressed one after the other stand with a space between: `g w`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from msgspec import Struct

from engine.errors import WeirError
from tui.actions import ACTIONS, BY_ID, PLACES, Action, of_pane

Keys = tuple[str, ...]  # one press after the other

# Terminals send the right side for the left one, or don't send it at all.
NOT_SENT = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+j": "enter",
    "ctrl+[": "escape",
}
NAMES = {
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "return": "enter",
    "esc": "escape",
    "pgdn": "pagedown",
    "pgup": "pageup",
    " ": "space",
}
TAUGHT = re.compile(r"\{([a-z]+\.[a-z_]+)\}")
SHOWN = {"enter": "⏎", "escape": "esc", "pagedown": "pgdn", "pageup": "pgup"}


class InvalidKeymap(WeirError):
    """The [keymap] of config.toml can't be used; `problems` has a line for each."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        super().__init__("; ".join(f"{path}: {problem}" for problem in problems))
        self.problems = problems


class Keymap(Struct, frozen=True):
    """Keys by action id, and the same read the other way round for each pane."""

    keys: dict[str, tuple[Keys, ...]]
    panes: dict[str, dict[Keys, Action]]

    def find(self, pane: str, pressed: Keys) -> Action | None:
        return self.panes[pane].get(pressed)

    def follows(self, pane: str, pressed: Keys) -> list[tuple[Keys, Action]]:
        """What longer chords begin with the keys pressed so far."""
        size = len(pressed)
        return [
            (keys, action)
            for keys, action in self.panes[pane].items()
            if len(keys) > size and keys[:size] == pressed
        ]

    def first(self, action_id: str) -> str:
        """The key to teach for an action; "" when it has none."""
        keys = self.keys[action_id]
        return shown(keys[0]) if keys else ""

    def taught(self, text: str) -> str:
        """A text with the key to teach in place of each `{action.id}`."""
        return TAUGHT.sub(lambda found: self.first(found[1]), text)

    def every(self, action_id: str) -> str:
        return " ".join(shown(keys) for keys in self.keys[action_id])


def shown(keys: Keys) -> str:
    return "".join(SHOWN.get(key, key) for key in keys)


def press(key: str, character: str | None) -> str:
    """The word for a key press, as it is written in a keymap."""
    if character is not None and len(character) == 1 and character.isprintable():
        return NAMES.get(character, character)
    return NAMES.get(key, key)


def parse_keys(text: str) -> Keys:
    return tuple(NAMES.get(word, word) for word in text.split())


def default_keymap() -> Keymap:
    return build({action.id: _own_keys(action) for action in ACTIONS})


def _own_keys(action: Action) -> tuple[Keys, ...]:
    return tuple(parse_keys(text) for text in action.keys)


def build(keys: Mapping[str, tuple[Keys, ...]]) -> Keymap:
    panes = {
        pane: {k: action for action in of_pane(pane) for k in keys[action.id]}
        for pane in PLACES
    }
    return Keymap(dict(keys), panes)


def config_path() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "weir" / "config.toml"


def read_keymap(path: Path | None = None) -> Keymap:
    """The keymap of this person. Raises InvalidKeymap with all that is wrong."""
    path = path or config_path()
    return keymap_of(settings_in(path), path)


def settings_in(path: Path) -> dict[str, Any]:
    """What stands in config.toml; nothing where there is none. Raises InvalidKeymap."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidKeymap(path, [f"it can't be read: {error}"]) from error


def keymap_of(settings: Mapping[str, Any], path: Path) -> Keymap:
    """The keymap that settings say. Raises InvalidKeymap with all that is wrong."""
    wanted = settings.get("keymap", {})
    if not isinstance(wanted, dict):
        raise InvalidKeymap(path, ["[keymap] is a table of action ids and keys"])
    keys, problems = remap(wanted)
    if problems:
        raise InvalidKeymap(path, problems)
    return build(keys)


def remap(
    wanted: Mapping[str, object],
) -> tuple[dict[str, tuple[Keys, ...]], list[str]]:
    """The registry's keys with those wanted put in, and what is wrong with them."""
    keys = {action.id: _own_keys(action) for action in ACTIONS}
    problems = []
    for action_id, value in wanted.items():
        if action_id not in BY_ID:
            problems.append(_unknown(action_id))
            continue
        texts = _texts(value)
        if texts is None:
            problems.append(f'{action_id}: keys are a text or a list: ["x", "g x"]')
            continue
        keys[action_id] = tuple(parse_keys(text) for text in texts)
        problems += [*_unsendable(action_id, keys[action_id])]
    return keys, problems or _clashes(keys)


def _texts(value: object) -> list[str] | None:
    """One text or several, none of them empty; None for anything else."""
    listed = value if isinstance(value, list) else [value]
    texts = [text for text in listed if isinstance(text, str) and text.split()]
    return texts if len(texts) == len(listed) else None


def _unknown(action_id: str) -> str:
    near = get_close_matches(action_id, BY_ID, n=1, cutoff=0.0)
    return f"there is no action {action_id!r}; the nearest is {near[0]!r}"


def _unsendable(action_id: str, chords: tuple[Keys, ...]) -> list[str]:
    return [
        f"{action_id}: a terminal sends {NOT_SENT[key]!r} for {key!r}; take another key"
        for keys in chords
        for key in keys
        if key in NOT_SENT
    ]


def _clashes(keys: Mapping[str, tuple[Keys, ...]]) -> list[str]:
    """Two actions of one pane on one key, or a key that is the start of a chord."""
    found: dict[str, None] = {}
    for pane in PLACES:
        taken = [(k, action.id) for action in of_pane(pane) for k in keys[action.id]]
        for index, (first, one) in enumerate(taken):
            for second, other in taken[index + 1 :]:
                if _overlap(first, second):
                    text = f"{one} ({shown(first)}) and {other} ({shown(second)})"
                    found[f"{text} clash in {pane}; give one another key"] = None
    return list(found)


def _overlap(first: Keys, second: Keys) -> bool:
    size = min(len(first), len(second))
    return first[:size] == second[:size]
