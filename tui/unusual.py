"""What in a text may deceive the eye: told to whoever is asked to approve it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from tui.text import UNSEEN, show

# Scripts whose letters pass for Latin ones. Unicode names them by their first word.
LOOKALIKE = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
NAMED = 5  # characters named in a remark
SPACES = re.compile("(?<=\\S)[ \t\xa0\u2000-\u200a\u202f\u205f\u3000]{4,}(?=\\S)")
WORD = re.compile(r"\w+")
LONG_LINE = 2000


def unusual(text: str) -> list[str]:
    """Remarks on a text, one a line; none when all of it is what it seems."""
    return [
        *_unseen(text),
        *_lookalikes(text),
        *_composed(text),
        *_odd_spaces(text),
        *_gaps(text),
        *_long_lines(text),
    ]


def show_gaps(text: str) -> str:
    """Runs of more than three spaces before more text, made visible: ·×300.

    A line's indentation is left as it is.
    """
    return SPACES.sub(lambda match: f"·×{len(match.group())}", text)


def _unseen(text: str) -> Iterator[str]:
    found = Counter(UNSEEN.findall(text.replace("\r\n", "\n")))
    if found:
        total = sum(found.values())
        names = ", ".join(show(c) for c in list(found)[:NAMED])
        yield f"contains {_many(total, 'character')} that can't be seen: {names}"


def _lookalikes(text: str) -> Iterator[str]:
    latin = sum(_script(c) == "LATIN" for c in text if c.isalpha())
    other = sum(_script(c) in LOOKALIKE for c in text if c.isalpha())
    found: Counter[str] = Counter()
    for word in WORD.findall(text):
        scripts = {_script(c) for c in word if c.isalpha()}
        # A word that mixes is suspect anywhere, a whole word among Latin ones as well.
        if scripts & LOOKALIKE and ("LATIN" in scripts or latin >= other):
            found.update(c for c in word if _script(c) in LOOKALIKE)
    if found:
        total = _many(sum(found.values()), "character")
        yield f"contains {total} from another script: {_names(found)}"


def _composed(text: str) -> Iterator[str]:
    """Letters in disguise: full width, mathematical, enclosed."""
    found = Counter(c for c in text if _disguised(c))
    if found:
        total = _many(sum(found.values()), "character")
        yield f"contains {total} in disguise: {_names(found)}"


def _disguised(character: str) -> bool:
    if character.isascii():
        return False
    folded = unicodedata.normalize("NFKC", character)
    return folded != character and folded.isascii() and folded.isalnum()


def _odd_spaces(text: str) -> Iterator[str]:
    found = Counter(c for c in text if c != " " and unicodedata.category(c) == "Zs")
    if found:
        total = _many(sum(found.values()), "space")
        yield f"contains {total} of another kind: {_names(found)}"


def _gaps(text: str) -> Iterator[str]:
    runs = [len(run) for run in SPACES.findall(text)]
    if runs:
        yield f"has a gap of {max(runs):,} spaces before more text"
    if empty := max(map(len, re.findall(r"\n(?:[ \t]*\n){9,}", text)), default=0):
        yield f"has {empty - 1:,} empty lines before more text"


def _long_lines(text: str) -> Iterator[str]:
    longest = max(map(len, text.split("\n")))
    if longest > LONG_LINE:
        yield f"has a line of {longest:,} characters"


def _script(character: str) -> str:
    if character.isascii():
        return "LATIN" if character.isalpha() else ""
    return unicodedata.name(character, "").split(" ")[0]


def _names(characters: Iterable[str]) -> str:
    several = list(characters)
    names = ", ".join(
        f"{show(c)} ({unicodedata.name(c, f'U+{ord(c):04X}')})" for c in several[:NAMED]
    )
    return names + (f" and {len(several) - NAMED} more" if len(several) > NAMED else "")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
