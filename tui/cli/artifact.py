"""`weir artifact`: the bytes of a document that a run left."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from engine.errors import NotFound, WeirError
from store import artifacts, blobs
from store.records import ArtifactRecord
from tui.cli import out
from tui.cli.reach import Reach, pass_looking


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("name")
@click.option("--out", "target", metavar="FILE", help="Write it there, exactly.")
@out.json_option
@pass_looking
def artifact(
    reach: Reach, run_id: str, name: str, target: str | None, as_json: bool
) -> None:
    """Print the artifact NAME of a run, or write it to a file.

    On a terminal controls in it are made visible; a file or a pipe gets its bytes.
    """
    run = reach.run_id(run_id)
    found = the_artifact(artifacts.of_run(reach.database(), run), name)
    data = blobs.get(reach.root() / ".weir", found.digest)
    if target is not None:
        write_new(Path(target), data)
    if as_json:
        out.document({"artifact": found, "text": data.decode(errors="replace")})
    elif target is not None:
        out.line(f"wrote {out.one_line(target)} ({len(data)} bytes)")
    elif sys.stdout.isatty():
        out.block(data.decode(errors="replace").removesuffix("\n"))
    else:
        sys.stdout.buffer.write(data)


def the_artifact(left: list[ArtifactRecord], name: str) -> ArtifactRecord:
    """The newest of that name or path. Raises NotFound."""
    for each in reversed(left):
        if name in (each.name, each.path):
            return each
    names = ", ".join(dict.fromkeys(each.name for each in left))
    raise NotFound(f"no artifact {name!r}; the run has left {names or 'none'}")


def write_new(target: Path, data: bytes) -> None:
    """Write a file that is not there yet; what a person has is never overwritten."""
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise WeirError(f"{target} is there already; name another file") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
