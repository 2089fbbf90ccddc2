"""`weir artifact`: the documents that a run left, in the form that is wanted."""

from __future__ import annotations

import os
import sys
import tempfile
import webbrowser
from pathlib import Path

import click
import msgspec

from engine.errors import NotFound, WeirError
from engine.lines import changed_lines
from engine.machine.ticking import FORM, Item
from store import artifacts, blobs
from store.records import ArtifactRecord
from store.whole import write_whole
from tui import documents
from tui.cli import out
from tui.cli.editor import coloured_diff
from tui.cli.failing import REFUSED
from tui.cli.known import RUN
from tui.cli.reach import Reach, pass_looking
from tui.words.times import moment

LISTED = ("NAME", "FORM", "SIZE", "WRITTEN", "SHA-256", "TITLE")
SUFFIXES = {".html": "html", ".htm": "html", ".eml": "eml", ".txt": "text"}
KEPT = (".md", ".markdown", "")  # as it was kept


@click.command()
@click.argument("run_id", type=RUN)
@click.argument("name", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice([*documents.FORMS]),
    help="In another form; without it the bytes that were kept.",
)
@click.option("--out", "target", metavar="FILE", help="Write it there.")
@click.option("--force", is_flag=True, help="With --out: over what is there.")
@click.option("--open", "shows", is_flag=True, help="Show it in the browser.")
@click.option("--data", "source", is_flag=True, help="What it was rendered from.")
@click.option("--diff", "older", type=RUN, help="What changed since that run.")
@out.json_option
@click.pass_context
@pass_looking
def artifact(
    reach: Reach,
    ctx: click.Context,
    run_id: str,
    name: str | None,
    form: str | None,
    target: str | None,
    force: bool,
    shows: bool,
    source: bool,
    older: str | None,
    as_json: bool,
) -> None:
    """Print the artifact NAME of a run, or write it to a file; list them without NAME.

    On a terminal controls in it are made visible; a file or a pipe gets its bytes. The
    name of the file says the form where --format does not: .html, .eml, .txt, or .md
    as it was kept. With --diff it exits 1 when the two differ.
    """
    run = reach.run_looked_at(run_id)
    left = artifacts.of_run(reach.database(), run)
    if name is None:
        if form or target or shows or source or older:
            raise click.UsageError("name the artifact")
        tell_all(left, as_json)
        return
    found = the_artifact(left, name)
    if source:
        if form or shows or older:
            raise click.UsageError("--data goes with --out and --json alone")
        tell_source(reach, found, target, force, as_json)
        return
    if older is not None:
        ctx.exit(tell_diff(reach, older, name, found, as_json))
    data, items = as_ticked(reach, found)
    form = form or form_of(target or "")
    made = data if form is None else documents.in_form(found, data, form)
    if shows:
        show_in_browser(found, data)
    if target is not None:
        write(Path(target), made, force=force)
    if as_json:
        text = made.decode(errors="replace")
        out.document({"artifact": found, "text": text, "items": items})
    elif target is not None:
        out.line(f"wrote {out.one_line(target)} ({len(made)} bytes)")
    elif not shows:
        put(made)


def form_of(target: str) -> str | None:
    """What the name of a file asks for; None: as it was kept. Raises UsageError."""
    suffix = Path(target).suffix.lower()
    if suffix in KEPT:
        return None
    if suffix not in SUFFIXES:
        known = ", ".join([*SUFFIXES, *KEPT[:-1]])
        raise click.UsageError(
            f"no document is written as {out.one_line(suffix)}; there is {known}, and"
            " --format says the form of a file of another name"
        )
    return SUFFIXES[suffix]


def as_ticked(reach: Reach, found: ArtifactRecord) -> tuple[bytes, list[Item]]:
    """What was kept; of a checklist as people have ticked it since, and its items."""
    data = kept(reach, found)
    if found.form != FORM:
        return data, []
    _, items = reach.desk().checklist(found.run, found.path)
    return documents.with_ticks(data, items), items


def tell_source(
    reach: Reach, found: ArtifactRecord, target: str | None, force: bool, as_json: bool
) -> None:
    """Print or write what a document was rendered from, as JSON to be read."""
    digest = reach.desk().rendered_from(found.run, found.path)
    data = blobs.get(reach.root() / ".weir", digest)
    if target is not None:
        write(Path(target), msgspec.json.format(data), force=force)
    if as_json:
        out.document({"artifact": found, "sha256": digest, "data": msgspec.Raw(data)})
    elif target is not None:
        out.line(f"wrote {out.one_line(target)}")
    else:
        put(msgspec.json.format(data) + b"\n")


def put(made: bytes) -> None:
    if sys.stdout.isatty():
        out.block(made.decode(errors="replace").removesuffix("\n"))
    else:
        sys.stdout.buffer.write(made)


def kept(reach: Reach, found: ArtifactRecord) -> bytes:
    return blobs.get(reach.root() / ".weir", found.digest)


def tell_all(left: list[ArtifactRecord], as_json: bool) -> None:
    if as_json:
        out.document({"artifacts": left})
        return
    if not left:
        out.line("the run has left no artifact")
        return
    rows = [
        [
            out.one_line(each.path),
            each.form,
            f"{each.size} B",
            moment(each.created_at),
            each.digest[:12],
            out.one_line(each.title),
        ]
        for each in left
    ]
    out.table(LISTED, rows)


def the_artifact(left: list[ArtifactRecord], name: str) -> ArtifactRecord:
    """The newest of that name or path. Raises NotFound."""
    for each in reversed(left):
        if name in (each.name, each.path):
            return each
    names = ", ".join(dict.fromkeys(each.name for each in left))
    raise NotFound(f"no artifact {name!r}; the run has left {names or 'none'}")


def tell_diff(
    reach: Reach, older: str, name: str, found: ArtifactRecord, as_json: bool
) -> int:
    """Print what changed of a document from one run to another; 1 if anything did."""
    run = reach.run_looked_at(older)
    before = the_artifact(artifacts.of_run(reach.database(), run), name)
    was, is_ = (documents.words_now(reach.desk(), each) for each in (before, found))
    names = (f"{before.run}/{before.path}", f"{found.run}/{found.path}")
    lines = changed_lines(was, is_, names)
    if as_json:
        out.document({"older": before, "newer": found, "diff": lines})
    else:
        for line in coloured_diff(lines):
            out.line(line)
    return REFUSED if lines else 0


def show_in_browser(found: ArtifactRecord, data: bytes) -> None:
    """Show a document as a page. Raises WeirError where no browser can be."""
    if not has_display():
        raise WeirError(
            "there is no screen for a browser here; --out FILE writes it, --format text"
            " prints it"
        )
    folder = Path(tempfile.mkdtemp(prefix="weir-"))  # only its owner may look inside
    page = folder / f"{found.name}.html"
    page.write_bytes(documents.as_html(found, data))
    if not webbrowser.open(page.as_uri()):
        raise WeirError(f"no browser could be started; the page is {page}")
    out.line(f"shown from {out.one_line(str(page))}")


def has_display() -> bool:
    known = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform == "darwin" or any(os.environ.get(name) for name in known)


def write(target: Path, data: bytes, *, force: bool = False) -> None:
    """Write a file, whole or not at all. What is there stays, unless `force`."""
    if not force:
        write_new(target, data)
        return
    write_whole(target, data)


def write_new(target: Path, data: bytes) -> None:
    """Write a file that is not there yet; what a person has is never overwritten."""
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        words = f"{target} is there already; name another file, or say --force"
        raise WeirError(words) from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
