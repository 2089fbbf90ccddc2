"""The words of a command line, as a shell reads them: nothing in them is obeyed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from msgspec import Struct

from engine.redacting import Redaction

SECRET = re.compile("‹secret (.+?)›")  # what stands in the place of one


class Ref(Struct, frozen=True):
    """A variable of the script that holds an id, which is another one each time.

    `rest` stands behind it: the path of a step in that run.
    """

    name: str
    rest: str = ""


Word = str | Ref


def line_of(words: Iterable[Word], redaction: Redaction) -> str:
    """A line for a shell; a secret in it is a variable that has to be set first."""
    return " ".join(quoted(word, redaction) for word in words)


def quoted(word: Word, redaction: Redaction) -> str:
    if isinstance(word, Ref):
        return f'"${word.name}"{shlex.quote(word.rest) if word.rest else ""}'
    # The odd pieces are the names of secrets.
    pieces = SECRET.split(redaction.text(word.replace("\0", "")))
    return "".join(
        variable(piece) if nth % 2 else shlex.quote(piece) if piece else ""
        for nth, piece in enumerate(pieces)
    ) or shlex.quote("")


def variable(secret: str) -> str:
    """The variable of a secret; a script that does not find it set stops there."""
    name = re.sub(r"\W+", "_", f"SECRET_{secret}", flags=re.ASCII).upper()
    return f'"${{{name}:?}}"'


def remark(text: str, redaction: Redaction) -> str:
    """A comment: one line, whatever stands in it."""
    seen = "".join(ch if ch.isprintable() else " " for ch in redaction.text(text))
    return f"# {' '.join(seen.split())}"
