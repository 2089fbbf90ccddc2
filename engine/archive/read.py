"""Reading an archive: all of it is looked through before any of it is believed."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import msgspec
from msgspec import Struct

from engine.archive import format as f
from engine.archive.format import BadArchive, Manifest, Text
from engine.machine.codec import decode
from engine.machine.evolve import evolve
from engine.machine.state import RUN_ENDED, RunState
from store.records import EventRecord, LogRecord

CHUNK = 1 << 20
MOST_BYTES = 16 << 30  # unpacked; a small file can claim to be a very large one
BROKEN = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)


class Brought(Struct, frozen=True):
    """A run out of an archive, folded once to see that it is one."""

    state: RunState
    events: list[EventRecord]
    logs: list[LogRecord]


class Archive(Struct, frozen=True):
    """A whole archive, unpacked under names of ours in a folder that will go."""

    manifest: Manifest
    folder: Path
    places: dict[str, Path]

    def data(self, name: str) -> bytes:
        return self.places[name].read_bytes()

    def texts(self) -> dict[str, Text]:
        """The definitions' texts by digest."""
        return {sha: self._text(name, sha) for name, sha in self._named("versions")}

    def blobs(self) -> Iterator[bytes]:
        for name, sha in self._named("blobs"):
            data = self.data(name)
            if hashlib.sha256(data).hexdigest() != sha:
                raise BadArchive(f"{name} does not hold what its name says")
            yield data

    def run(self, name: str) -> Brought:
        """A run of the archive. Raises BadArchive when it is no whole history."""
        found = [
            f.read_line(name, line)
            for line in self.data(f"runs/{name}.jsonl").splitlines()
        ]
        history = [each for each in found if isinstance(each, EventRecord)]
        said = [each for each in found if isinstance(each, LogRecord)]
        return Brought(folded(name, history), history, said)

    def _named(self, folder: str) -> Iterator[tuple[str, str]]:
        for name in self.places:
            above, _, rest = name.partition("/")
            if above == folder:
                yield name, rest.removesuffix(".json")

    def _text(self, name: str, sha: str) -> Text:
        try:
            text = msgspec.json.decode(self.data(name), type=Text)
        except msgspec.DecodeError as error:
            raise BadArchive(f"{name} can't be read: {error}") from None
        if hashlib.sha256(text.text.encode()).hexdigest() != sha:
            raise BadArchive(f"{name} does not hold the text its name says")
        return text


def folded(name: str, history: list[EventRecord]) -> RunState:
    if [record.seq for record in history] != [*range(1, len(history) + 1)]:
        raise BadArchive(f"the events of run {name} are not numbered from 1")
    state: RunState | None = None
    try:
        for record in history:
            state = evolve(state, decode(record.data), record.seq, record.at)
    # Any event may stand in a file of someone else's, in any order.
    except (msgspec.MsgspecError, ValueError, LookupError, TypeError) as error:
        raise BadArchive(f"run {name} is no history Weir can read: {error}") from None
    if state is None or state.id != name:
        raise BadArchive(f"run {name} has another run's history, or none")
    if state.status not in RUN_ENDED:
        raise BadArchive(f"run {name} has not ended, and would go on here")
    return state


@contextmanager
def unpacked(file: Path, beside: Path) -> Iterator[Archive]:
    """An archive whose every byte was compared with its digest. Raises BadArchive.

    It is unpacked into a folder of its own in `beside`, under names of ours: no name in
    an archive leads anywhere.
    """
    with TemporaryDirectory(prefix="import-", dir=beside) as made:
        folder = Path(made)
        try:
            with gzip.open(file) as packed:
                places, digests = unpack(packed, folder)
                while packed.read(CHUNK):
                    continue  # to the end, where it is told whether all has come
        except BROKEN as error:
            raise BadArchive(f"{file} is no whole archive ({error})") from None
        yield compared(file, folder, places, digests)


def unpack(
    packed: gzip.GzipFile, folder: Path
) -> tuple[dict[str, Path], dict[str, str]]:
    """Where each file of the archive was put, and its digest."""
    places: dict[str, Path] = {}
    digests: dict[str, str] = {}
    left = MOST_BYTES
    with tarfile.open(fileobj=packed, mode="r|") as tar:
        for member in tar:
            refuse_strange(member, places)
            left -= member.size
            if left < 0:
                raise BadArchive(f"it unpacks to more than {MOST_BYTES >> 30} GB")
            source = tar.extractfile(member)
            assert source is not None  # it is a plain file
            place = folder / str(len(places))
            places[member.name] = place
            digests[member.name] = copied(source, place)
    return places, digests


def refuse_strange(member: tarfile.TarInfo, seen: dict[str, Path]) -> None:
    known = member.name == f.MANIFEST or f.MEMBER.fullmatch(member.name)
    if not (known and member.isreg()) or member.name in seen:
        raise BadArchive(f"it holds {member.name!r}, which no archive of Weir does")


def copied(source: IO[bytes], place: Path) -> str:
    digest = hashlib.sha256()
    with place.open("xb") as target:
        while data := source.read(CHUNK):
            digest.update(data)
            target.write(data)
    return digest.hexdigest()


def compared(
    file: Path, folder: Path, places: dict[str, Path], digests: dict[str, str]
) -> Archive:
    place = places.pop(f.MANIFEST, None)
    digests.pop(f.MANIFEST, None)
    if place is None:
        raise BadArchive(f"{file} is no whole archive: its manifest is missing")
    try:
        manifest = msgspec.json.decode(place.read_bytes(), type=Manifest)
    except msgspec.DecodeError as error:
        raise BadArchive(f"{file}: its manifest can't be read: {error}") from None
    if manifest.format != f.FORMAT:
        raise BadArchive(
            f"{file} has format {manifest.format}, this Weir reads {f.FORMAT};"
            " use the one that wrote it, or a newer one"
        )
    for name in sorted(digests.keys() | manifest.files.keys()):
        if digests.get(name) != manifest.files.get(name):
            raise BadArchive(f"{file} was changed: {name} is not what was written")
    if {f"runs/{run}.jsonl" for run in manifest.runs} != {
        name for name in places if name.startswith("runs/")
    }:
        raise BadArchive(f"{file} was changed: it holds other runs than it says")
    return Archive(manifest, folder, places)
