"""`weir init`: make a folder a workspace, and overwrite nothing in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from engine.definition.schema import schema
from engine.errors import NotFound, WeirError
from engine.importer import ENDINGS, definition_files
from engine.starter import example_files, examples, starter_files
from engine.trust import Trust
from engine.trying.files import FOLDER
from engine.workspace import CONFIG
from tui.cli import out
from tui.cli.reach import Reach, pass_reach

SCHEMA = Path("workflows/.weir-schema.json")
MODELINE = "# yaml-language-server: $schema="
IGNORED = ".weir/"
SETTINGS = """\
# What this workspace is called, and who may decide what: `weir COMMAND --help`,
# and docs/ in Weir's repository.
name = {name}

# The provider of every model step that names none. `mock` answers without a network
# and without a key; without this line the OpenAI protocol is spoken, with the key in
# OPENAI_API_KEY and the server in OPENAI_BASE_URL.
# provider = "mock"

# [roles]
# reviewer = ["ana", "bo"]
"""


# What to try first, by example: None is the starter set.
FIRST_RUN = {
    None: "hello --provider mock",
    "connectors": (
        "open-issue -i jira=https://example.atlassian.net"
        " -i project=OPS -i channel=C0123 -i summary='The disk is full'"
    ),
    "contract": "contract-review -i file=contracts/northwind.md",
    "documents": "document-intake",
    "orders": "order-handling",
    "product": "story -i wish='Export as CSV'",
    "prompts": "teaser -i text='A text to tease'",
    "renewal": "renewal-prepare -i customer=acme",
}


@click.command()
@click.argument("path", required=False)
@click.option("--example", metavar="NAME", help="With an example and its data.")
@out.json_option
@pass_reach
def init(reach: Reach, path: str | None, example: str | None, as_json: bool) -> None:
    """Make PATH, or this folder, a workspace with a starter set of definitions.

    What is there already is kept as it is, and said.
    """
    if example is not None and example not in examples():
        raise NotFound(f"no example {example!r}; there are {', '.join(examples())}")
    root = Path(path or reach.directory or ".").expanduser().resolve()
    root.mkdir(parents=True, exist_ok=True)
    filled = bool(definition_files(root))
    made: list[str] = []
    kept: list[str] = []
    for place, data in contents(root, example):
        (made if write_new(root, place, data) else kept).append(place.as_posix())
    (made if ignore(root / ".gitignore") else kept).append(".gitignore")
    trusted = take_over(root, made, filled)
    if as_json:
        out.document({"workspace": str(root), "made": made, "kept": kept})
    else:
        tell(root, made, kept, example)
        if not trusted:
            out.line("some of it was here before you; look at it with `weir trust`")


def contents(root: Path, example: str | None) -> Iterator[tuple[Path, bytes]]:
    """What a new workspace holds; of two things in one place the first one stays."""
    if example is not None:
        for source, place in example_files(example):
            yield place, with_modeline(place, source.read_bytes())
    for source, place in starter_files():
        yield place, with_modeline(place, source.read_bytes())
    yield (
        SCHEMA,
        msgspec.json.format(msgspec.json.encode(schema(None)), indent=2) + b"\n",
    )
    if example is None:
        name = msgspec.json.encode(root.name).decode()  # a TOML string is one of JSON
        yield Path(CONFIG), SETTINGS.format(name=name).encode()


def with_modeline(place: Path, data: bytes) -> bytes:
    """A definition that tells an editor's language server where its schema is."""
    if place.suffix != ".yaml" or place.parts[0] != SCHEMA.parts[0]:
        return data
    if place.is_relative_to(FOLDER):  # a test is no definition
        return data
    if data.startswith(MODELINE.encode()):
        return data
    where = os.path.relpath(SCHEMA, place.parent)
    return f"{MODELINE}{where}\n".encode() + data


def write_new(root: Path, place: Path, data: bytes) -> bool:
    """Write a file where there is none; False when something is there.

    No link is followed: a folder someone else filled can't lead us out of it.
    """
    target = root
    for part in place.parts[:-1]:
        target /= part
        if target.is_symlink():
            raise WeirError(f"{target} is a link; make it a folder and begin again")
        target.mkdir(exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        handle = os.open(target / place.name, flags, 0o666)
    except FileExistsError:
        return False
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    return True


def ignore(gitignore: Path) -> bool:
    """Tell Git to leave our database alone; False when it does already."""
    if gitignore.is_symlink():
        raise WeirError(f"{gitignore} is a link; add the line {IGNORED} to it yourself")
    text = gitignore.read_text() if gitignore.exists() else ""
    if IGNORED.rstrip("/") in {line.strip().strip("/") for line in text.splitlines()}:
        return False
    joined = text if not text or text.endswith("\n") else text + "\n"
    gitignore.write_text(f"{joined}{IGNORED}\n")
    return True


def take_over(root: Path, made: list[str], filled: bool) -> bool:
    """Let what we wrote run, and all else in a folder without definitions till now.

    False when it held some: someone else may have filled it.
    """
    trust = Trust.open()
    if not filled:
        trust.own(root)
    ours = [path for path in made if path == CONFIG or path.endswith(ENDINGS)]
    trust.trust_texts(root, {path: (root / path).read_bytes() for path in ours})
    return not filled or trust.is_mine(root)


def tell(
    root: Path, made: list[str], kept: list[str], example: str | None = None
) -> None:
    for place in made:
        out.line(f"wrote {out.one_line(place)}")
    for place in kept:
        out.line(f"kept  {out.one_line(place)}, which was there")
    out.line(
        f"{out.one_line(str(root))} is a workspace; `weir check`,"
        f" `weir run {FIRST_RUN[example]}`"
    )
