"""Bringing runs back out of an archive: what differs from what is here is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from engine.acts import act
from engine.archive.format import BadArchive, Text
from engine.archive.read import Archive, Brought, unpacked
from engine.definition.compiled import FORMAT, encode
from engine.definition.link import uses
from engine.definition.parse import parse
from engine.errors import CommandRefused, NotTrusted
from engine.handle import Engine
from engine.machine.state import Actor
from store import acts, blobs, counting, definitions, events, pruned
from store.records import EventRecord, VersionRecord
from store.writing import Batch


class Result(Struct, frozen=True):
    """`brought` are new here; `there` were here already, and are listed again."""

    brought: tuple[str, ...]
    there: tuple[str, ...]
    texts: int


def bring(
    engine: Engine, who: Actor, file: Path, now: float, *, trust: bool = False
) -> Result:
    """Bring the runs of an archive back, all of them or none.

    Texts that this store never had are someone's word: they want `trust`. Raises
    BadArchive, NotTrusted, and CommandRefused for a run that is here and differs.
    """
    with unpacked(file, engine.database.folder) as archive:
        brought = [archive.run(name) for name in archive.manifest.runs]
        texts = unknown_texts(engine, archive, brought)
        if texts and not trust:
            raise NotTrusted(untrusted_saying(file, list(texts.values())))
        versions = [version(sha, text) for sha, text in texts.items()]
        new = [each for each in brought if is_new(engine, each)]
        refuse_numbers_taken(engine, new)
        for data in archive.blobs():
            blobs.put(engine.database.folder, data)
        definitions.add(engine.database, versions)
        put(engine, who, file, brought, new, now)
    names = tuple(each.state.id for each in new)
    there = (each.state.id for each in brought if each.state.id not in names)
    return Result(names, tuple(there), len(versions))


def unknown_texts(
    engine: Engine, archive: Archive, brought: Sequence[Brought]
) -> dict[str, Text]:
    """The archive's texts that are not here. Raises BadArchive when one lacks."""
    texts = archive.texts()
    here = engine.database
    for each in brought:
        for sha in (each.state.version, *each.state.pins.values()):
            if sha not in texts and definitions.version(here, sha) is None:
                raise BadArchive(
                    f"run {each.state.id} goes by text {sha[:12]}, "
                    "which is neither in the file nor here"
                )
    return {s: t for s, t in texts.items() if definitions.version(here, s) is None}


def untrusted_saying(file: Path, texts: Sequence[Text]) -> str:
    named = ", ".join(f"{text.kind} {text.name}" for text in texts[:5])
    more = f" and {len(texts) - 5} more" if len(texts) > 5 else ""
    return (
        f"{file} brings texts this workspace never had ({named}{more}): look at them"
        " with --look, and bring them with --trust"
    )


def version(sha: str, text: Text) -> VersionRecord:
    """A text as a version. One written for another Weir stays uncompiled."""
    definition = parse(text.text, f"{text.kind}/{text.name}").definition
    return VersionRecord(
        sha=sha,
        kind=text.kind,
        name=text.name,
        text=text.text,
        compiled=encode(definition) if definition else b"",
        format=FORMAT if definition else 0,
        created_at=text.created_at,
        commit=text.commit,
        uses=uses(definition) if definition else (),
    )


def is_new(engine: Engine, brought: Brought) -> bool:
    """Whether a run is not here yet. Raises CommandRefused for one that differs."""
    name = brought.state.id
    here = events.history(engine.database, name)
    if here and [placeless(r) for r in here] != [placeless(r) for r in brought.events]:
        raise CommandRefused(
            f"run {name} is here with another history ({len(here)} events here,"
            f" {len(brought.events)} in the file); nothing was changed"
        )
    return not here


def placeless(record: EventRecord) -> EventRecord:
    """Without the position, which is this database's own."""
    return msgspec.structs.replace(record, position=0)


def refuse_numbers_taken(engine: Engine, new: Sequence[Brought]) -> None:
    numbers = [(r.device, r.device_seq) for each in new for r in each.events]
    if len(set(numbers)) != len(numbers):
        raise BadArchive("two events of the file bear the same number of a device")
    taken = events.numbered(engine.database, numbers)
    if taken is not None:
        raise CommandRefused(
            f"event {taken.device_seq} of device {taken.device} is of run {taken.run}"
            " here and of another run in the file: one store is an older copy of the"
            " other; nothing was changed"
        )


def put(
    engine: Engine,
    who: Actor,
    file: Path,
    brought: Sequence[Brought],
    new: Sequence[Brought],
    now: float,
) -> None:
    """All the runs in one transaction, with their rows made from their events."""
    database, device = engine.database, engine.database.device
    names = [each.state.id for each in brought]

    def work(batch: Batch) -> None:
        mine = [r.device_seq for each in new for r in each.events if r.device == device]
        counting.note_return(database, mine)
        for each in new:
            batch.append(each.events)
            engine.put_rows_of(batch, each.events)
            batch.add_logs(each.logs)
        pruned.unmark(database, names)
        many = names[0] if len(names) == 1 else f"{len(names):,} runs"
        said = f"brought {many} in from {file.name}"
        acts.write(database, act(who, "import", said, now, {"runs": names}))

    database.writer.submit(work).result()
