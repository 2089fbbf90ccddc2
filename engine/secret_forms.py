"""The forms in which programs write a secret: in JSON, in addresses, in base64."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

LEAST = 6  # characters: a shorter one stands in too many words to be looked for
LEAST_LINE = 20  # of a secret of many lines, as keys are; a shorter one says little
WIDTHS = (76, 64)  # of the lines of base64, by the programs that cut it into lines
HEX = re.compile("%[0-9A-F]{2}")


def forms_of(value: str) -> Iterator[str]:
    """All forms of a secret; some come more than once."""
    yield value
    for ascii_only in (True, False):
        in_json = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield from (in_json, in_json.replace("/", "\\/"))
    yield repr(value)[1:-1]
    yield from in_addresses(value)
    yield from in_base64(value.encode(errors="surrogateescape"))
    yield from in_lines(value)


def in_addresses(value: str) -> Iterator[str]:
    """With and without `/` kept, with `+` for a space, and in small letters."""
    for written in (
        quote(value, safe="", errors="surrogateescape"),
        quote(value, errors="surrogateescape"),
        quote_plus(value, errors="surrogateescape"),
    ):
        yield from (written, HEX.sub(lambda found: found[0].lower(), written))


def in_base64(data: bytes) -> Iterator[str]:
    """Alone, and with other words before and after it, as in `user:password`.

    Three bytes are four letters, so that what is before it moves the letters in one
    of three ways; those that it shares with what is around it are left out.
    """
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(data).decode()
        yield whole
        for width in WIDTHS:
            yield "\n".join(re.findall(f".{{1,{width}}}", whole))
        for before in range(3):
            letters = encode(bytes(before) + data).decode()
            first, end = -(-before * 8 // 6), (before + len(data)) * 8 // 6
            yield letters[first:end]


def in_lines(value: str) -> Iterator[str]:
    """A secret of many lines also with other ends of lines, and each for itself."""
    lines = value.splitlines()
    if len(lines) < 2:
        return
    yield from (end.join(lines) for end in ("\n", "\r\n"))
    for line in lines:
        if len(line) >= LEAST_LINE and not line.startswith("-----"):
            yield line
