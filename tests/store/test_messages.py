"""What models were asked is kept once, and read as if it were written each time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import doctor, logs, messages, pruned
from store.database import Database
from store.records import LogRecord
from store.tables import Log, Message
from tests.store.given import begin

LONG = "You judge the risk of renewals, and say what you judge it by.\n" * 4
OTHER = f"\n{LONG}Once more.\n"


def asked(*texts: str, run: str = "r1", attempt: int = 1) -> list[LogRecord]:
    about = {"run": run, "path": "ask", "attempt": attempt, "at": 1.0}
    return [LogRecord(stream="prompt", text=text, **about) for text in texts]  # type: ignore[arg-type]


def write(database: Database, *records: LogRecord) -> None:
    database.writer.submit(lambda batch: batch.add_logs(records)).result()


def texts(database: Database) -> list[str]:
    return [text for (text,) in database.rows(Message.select(Message.text))]


def lines(found: list[LogRecord]) -> list[str]:
    return [record.text for record in found]


def test_a_text_that_is_asked_again_is_kept_once(database: Database) -> None:
    write(database, *asked(LONG, OTHER))
    write(database, *asked(LONG, OTHER, "Short.", run="r2"), *asked(LONG, attempt=2))
    assert texts(database) == [LONG, OTHER]
    rows = database.rows(Log.select(Log.run, Log.text, Log.message).order_by(Log.id))
    assert rows == [
        ("r1", "", 1),
        ("r1", "", 2),
        ("r2", "", 1),
        ("r2", "", 2),
        ("r2", "Short.", None),
        ("r1", "", 1),
    ]
    whole = [*LONG.split("\n"), *OTHER.split("\n"), "Short."]
    assert lines(logs.page(database, "r2")) == whole
    assert [r.text for r in logs.stored(database, "r2")] == [LONG, OTHER, "Short."]


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_a_page_ends_and_begins_with_a_message(
    database: Database, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(logs, "AT_ONCE", at_once)
    write(database, *asked("a\nb\nc", "d\ne", "f"))
    first = logs.page(database, "r1", limit=2)
    assert lines(first) == ["a", "b", "c"]
    rest = logs.page(database, "r1", limit=2, after=first[-1].id)
    assert lines(rest) == ["d", "e"]
    assert lines(logs.tail(database, "r1", 2)) == ["d", "e", "f"]
    before = logs.tail(database, "r1", 1, before=first[-1].id + 1)
    assert lines(before) == ["a", "b", "c"]
    assert logs.count(database, "r1") == (6, 3)
    assert lines(logs.page(database, "r1")) == ["a", "b", "c", "d", "e", "f"]


@given(st.text(alphabet="ab \t\r\n\x0b\x0c\x85\u2028", max_size=40))
def test_a_message_is_read_in_the_lines_it_was_written_in_before(text: str) -> None:
    """As when each line of it was a piece of its own."""
    pieces: list[str] = []
    is_open = False
    for piece in f"{text}\n".splitlines(keepends=True):
        line = piece.rstrip("\r\n")
        if is_open:
            pieces[-1] += line
        else:
            pieces.append(line)
        is_open = line == piece
    (record,) = asked(text)
    assert lines([*logs.lines_of(record)]) == pieces
    whole = b"".join(line.written for line in logs.lines_of(record))
    assert whole == f"{text}\n".encode()


def test_what_nobody_names_any_more_goes_with_the_run(database: Database) -> None:
    for run in ("r1", "r2"):
        database.writer.submit(lambda batch, run=run: begin(batch, run)).result()
    write(database, *asked(LONG, OTHER), *asked(LONG, run="r2"))
    assert messages.size(database, ["r1"]) == len(LONG + OTHER)
    database.write(lambda: pruned.remove(database, ["r1"]))
    database.write(lambda: pruned.sweep(database))
    assert texts(database) == [LONG]
    assert lines(logs.page(database, "r2")) == LONG.split("\n")


def test_a_message_that_is_gone_is_told(database: Database) -> None:
    write(database, *asked(LONG, OTHER))
    assert doctor.check(database) == []
    database.write(lambda: database.run(Message.delete().where(Message.id == 2)))
    (line,) = doctor.check(database)
    assert line == "a message of the logs is not there: restore a backup"
    assert lines(logs.page(database, "r1")) == [*LONG.split("\n"), ""]
