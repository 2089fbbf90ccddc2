"""A weir.toml with what an example's says besides: comments, order and values stay."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from msgspec import Struct

from engine.errors import WeirError

Table = MutableMapping[str, Any]


class Joined(Struct, frozen=True):
    """A text as it was and as it is then, and the dotted names it was given."""

    before: bytes
    after: bytes
    added: list[str]


def joined(text: bytes, example: bytes) -> Joined:
    """The text with the example's tables, or with what its own of that name lack.

    What stands at the top is the workspace's own, such as its name and its provider.
    Raises WeirError for a text that is no TOML.
    """
    import tomlkit  # only for an example that comes to a workspace
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        added = [*put(document, tomlkit.parse(example))]
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise WeirError(f"weir.toml can't be read: {error}") from error
    return Joined(text, tomlkit.dumps(document).encode(), added)


def put(document: Table, example: Table) -> Iterator[str]:
    for name, table in example.items():
        if not isinstance(table, MutableMapping):
            continue
        own = document.setdefault(name, {})
        if not isinstance(own, MutableMapping):
            continue  # what is wrong with it is said where it is read
        for key, value in table.items():
            if key not in own:
                own[key] = value
                yield f"{name}.{key}"
