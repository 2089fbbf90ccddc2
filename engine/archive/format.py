"""What an archive holds: a gzipped tar of plain files, and their digests at its end.

`runs/<id>.jsonl` has a line for each event and each piece of log; `versions/<sha>.json`
the texts that the runs go by; `blobs/<sha>` their large values and documents.
`manifest.json` comes last, so a file that was cut short has none.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

from engine.errors import WeirError
from store.records import EventRecord, LogRecord

FORMAT = 1
MANIFEST = "manifest.json"
MEMBER = re.compile(
    r"runs/r[0-9a-z]{1,40}\.jsonl|versions/[0-9a-f]{64}\.json|blobs/[0-9a-f]{64}"
)


class BadArchive(WeirError):
    """A file is no archive of runs, or no longer a whole one. Nothing was changed."""


class Text(Struct, frozen=True):
    """A version, without what follows from its text."""

    kind: str
    name: str
    text: str
    created_at: float
    commit: str = ""


class EventLine(Struct, frozen=True, tag="event", tag_field="line"):
    seq: int
    type: str
    data: msgspec.Raw
    at: float
    cause: int
    device: str
    device_seq: int


class LogLine(Struct, frozen=True, tag="log", tag_field="line", omit_defaults=True):
    path: str
    attempt: int
    at: float
    stream: str
    text: str
    open: bool = False
    exact: bytes | None = None


class Manifest(Struct, frozen=True):
    """`files` are the digests of all the others by name."""

    format: int
    weir: str
    device: str
    made_at: float
    runs: tuple[str, ...]
    files: dict[str, str]


def event_line(record: EventRecord) -> bytes:
    return msgspec.json.encode(
        EventLine(
            record.seq,
            record.type,
            msgspec.Raw(record.data),
            record.at,
            record.cause,
            record.device,
            record.device_seq,
        )
    )


def log_line(record: LogRecord) -> bytes:
    fields = (getattr(record, name) for name in LogLine.__struct_fields__)
    return msgspec.json.encode(LogLine(*fields))


def read_line(run: str, line: bytes) -> EventRecord | LogRecord:
    """The record of a line. Raises BadArchive."""
    try:
        found = msgspec.json.decode(line, type=EventLine | LogLine)
    except msgspec.DecodeError as error:
        raise BadArchive(f"a line of run {run} can't be read: {error}") from None
    values: dict[str, Any] = {
        name: getattr(found, name) for name in found.__struct_fields__
    }
    if isinstance(found, LogLine):
        return LogRecord(run=run, **values)
    values["data"] = bytes(found.data)
    return EventRecord(run=run, **values)
