"""Finding runs by what was said in them, and where in each it was said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import partial

from msgspec import Struct

from engine.texts import Piece, pieces
from store import index, runs
from store.database import Database
from store.index import Doc
from store.records import RunRecord

EVENTS_AT_ONCE = 200
AROUND = 50  # characters of a snippet on either side of what was found
PIECES = 5  # of one run
ANY_WORD = re.compile(r"[^\W_]+")


class Hit(Struct, frozen=True):
    """A place in a run where some of the words stand."""

    run: str
    workflow: str
    step: str
    where: str
    snippet: str


def search(
    database: Database, text: str, limit: int, before: str | None = None
) -> list[Hit]:
    """Where the newest runs with all these words say them."""
    asked = [ANY_WORD.findall(folded(word)) for word in text.split()]
    sought = [word for words in asked for word in words]
    found = []
    for name in index.newest(database, text, limit, before):
        run = runs.get(database, name)
        if run is not None:
            found += hits(database, run, sought)
    return found


def hits(database: Database, run: RunRecord, sought: list[str]) -> list[Hit]:
    """The pieces of a run that hold the most of the words, in their order."""
    counted = [(in_it(piece, sought), piece) for piece in pieces(database, run)]
    best = sorted(counted, key=lambda each: -each[0])[:PIECES]
    most = best[0][0]
    return [
        Hit(run.id, run.workflow, p.path, p.where, snippet(p.text, sought))
        for count, p in best
        if count and count == most
    ]


def in_it(piece: Piece, sought: list[str]) -> int:
    text = folded(piece.text)
    return sum(1 for word in sought if re.search(starting(word), text))


def starting(word: str) -> str:
    return rf"(?<![^\W_]){re.escape(word)}"


def snippet(text: str, sought: list[str]) -> str:
    """The text around the first of the words, in one line."""
    places = [re.search(starting(word), folded(text)) for word in sought]
    first = min((place.start() for place in places if place), default=0)
    begin, end = max(0, first - AROUND), first + AROUND
    cut = " ".join(text[begin:end].split())
    return ("…" if begin else "") + cut + ("…" if end < len(text) else "")


def folded(text: str) -> str:
    """As the index compares: no case and no accents, each character in its place."""
    if text.isascii():
        return text.lower()
    return "".join(
        unicodedata.normalize("NFD", each)[0].lower()[:1] or each for each in text
    )


def catch_up(database: Database, most: int | None = None) -> bool:
    """Take into the index what has moved since; `most` runs at a time.

    Returns whether nothing is left to take in.
    """
    taken = 0
    while most is None or taken < most:
        last, moved = index.moved(database, index.position(database), EVENTS_AT_ONCE)
        if not moved:
            return True
        docs = list(documents(database, moved))
        # The texts were read outside: the writer is held for their words alone.
        database.write(partial(index.put, database, docs, last))
        taken += len(moved)
    return False


def documents(database: Database, moved: list[str]) -> Iterator[Doc]:
    for name in moved:
        run = runs.get(database, name)
        if run is not None:
            body = "\n".join(piece.text for piece in pieces(database, run))
            yield Doc(run.id, run.seq, body)
