"""`key=value` words of a command line as a table of values."""

from __future__ import annotations

from collections.abc import Iterable

import click


def pairs(words: Iterable[str], option: str) -> dict[str, str]:
    """Refuses a word without `=`, an empty key, and a key given twice."""
    table: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{option} {word!r} is not key=value")
        if key in table:
            raise click.UsageError(f"{option} {key} is given twice")
        table[key] = value
    return table
