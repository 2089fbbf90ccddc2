"""Writing runs into a file, which is there whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import secrets
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from engine import __version__
from engine.acts import act
from engine.archive import format as f
from engine.errors import NotFound, WeirError
from engine.handle import Engine
from engine.keeping import require_ended
from engine.machine.state import Actor
from store import acts, blobs, definitions, events, logs
from store.database import Database
from store.records import LogRecord

DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
PAGE = 2000


def export(
    engine: Engine, who: Actor, ids: Sequence[str], target: Path, now: float
) -> int:
    """Write an archive, and that it was written; its size."""
    size = write(engine, ids, target, now)
    many = ids[0] if len(ids) == 1 else f"{len(ids):,} runs"
    said = act(who, "export", f"wrote {many} into {target}", now, {"runs": ids})
    engine.database.write(lambda: acts.write(engine.database, said))
    return size


def write(engine: Engine, ids: Sequence[str], target: Path, now: float) -> int:
    """Put runs that have ended into a new file; its size.

    Raises CommandRefused for a run that has not ended, WeirError when there is a file
    of that name already.
    """
    require_ended(engine.database, ids)
    if target.exists():
        raise WeirError(f"{target} is there already; choose another name")
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as file:
            with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
                fill(engine, ids, packed, now)
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, target)  # refuses a name that was taken meanwhile
    finally:
        unfinished.unlink(missing_ok=True)
    return target.stat().st_size


def fill(engine: Engine, ids: Sequence[str], packed: gzip.GzipFile, now: float) -> None:
    digests: dict[str, str] = {}
    with tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for name, data in members(engine, ids):
            if name not in digests:
                digests[name] = hashlib.sha256(data).hexdigest()
                add(tar, name, data)
        device = engine.database.device
        manifest = f.Manifest(f.FORMAT, __version__, device, now, tuple(ids), digests)
        add(tar, f.MANIFEST, msgspec.json.encode(manifest))


def add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    tar.addfile(member, io.BytesIO(data))


def members(engine: Engine, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The files of some runs; what two of them share comes twice."""
    database = engine.database
    for run in ids:
        history = events.history(database, run)
        if not history:
            raise NotFound(f"run {run} has no history; `weir doctor` says what is lost")
        for sha in texts_of(engine, run):
            yield f"versions/{sha}.json", text(database, sha)
        named = {sha.decode() for r in history for sha in DIGEST.findall(r.data)}
        for sha in sorted(named):
            if blobs.path(database.folder, sha).is_file():
                yield f"blobs/{sha}", blobs.get(database.folder, sha)
        lines = [*map(f.event_line, history), *map(f.log_line, logged(database, run))]
        yield f"runs/{run}.jsonl", b"".join(line + b"\n" for line in lines)


def texts_of(engine: Engine, run: str) -> list[str]:
    state = engine.load(run)
    return [state.version, *state.pins.values()]


def text(database: Database, sha: str) -> bytes:
    version = definitions.version(database, sha)
    if version is None:
        raise NotFound(f"the store has no version {sha[:12]}; `weir doctor` tells more")
    return msgspec.json.encode(
        f.Text(
            version.kind,
            version.name,
            version.text,
            version.created_at,
            version.commit,
        )
    )


def logged(database: Database, run: str) -> Iterator[LogRecord]:
    after = 0
    while page := logs.stored(database, run, after=after, limit=PAGE):
        after = page[-1].id
        yield from page
