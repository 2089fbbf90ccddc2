"""Making a folder a workspace: what is written into it, and what is tried first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote

import msgspec
from msgspec import Struct

from engine.definition.schema import schema
from engine.errors import NotFound, WeirError
from engine.files import new_file, replace_file, safe_file
from engine.importer import ENDINGS, definition_files
from engine.joined import Joined, joined
from engine.starter import (
    EXAMPLES,
    example_files,
    examples,
    starter_files,
    starter_folder,
)
from engine.trust import Trust
from engine.trying.files import FOLDER
from engine.workspace import CONFIG, open_workspace

SCHEMA = Path("workflows/.weir-schema.json")
MODELINE = "# yaml-language-server: $schema="
IGNORED = ".weir/"
SETTINGS = """\
# What this workspace is called, and who may decide what: `weir COMMAND --help`,
# and docs/ in Weir's repository.
name = {name}

# Who answers the model steps that name nobody. `mock` does so without a network and
# without a key: what a step says under `mock`, and the rest made up. Take this line
# away to ask a real model: by the OpenAI protocol, with the key in OPENAI_API_KEY and
# the server in OPENAI_BASE_URL.
provider = "mock"

# [roles]
# reviewer = ["ana", "bo"]
"""


class Try(Struct, frozen=True):
    """What an example shows, and the run that shows it."""

    about: str
    workflow: str
    inputs: Mapping[str, str] = {}
    keyless: bool = True

    @property
    def words(self) -> str:
        """As it is typed after `weir run`."""
        given = (f" -i {name}={quote(value)}" for name, value in self.inputs.items())
        return f"{self.workflow}{''.join(given)}"


# What to try first, by example: None is the starter set.
FIRST: dict[str | None, Try] = {
    None: Try("a greeting that a person lets stand", "hello"),
    "renewal": Try(
        "a renewal: data, a judged risk, a brief, a gate that sends back",
        "renewal-prepare",
        {"customer": "acme"},
    ),
    "orders": Try(
        "orders reserved, paid, shipped and undone; an agent with tools",
        "order-handling",
    ),
    "contract": Try(
        "a contract read from three sides that watch each other",
        "contract-review",
        {"file": "contracts/northwind.md"},
    ),
    "documents": Try("papers that come in, sorted one by one", "document-intake"),
    "product": Try(
        "two agents who go back and forth until nothing is open",
        "story",
        {"wish": "Export as CSV"},
    ),
    "prompts": Try(
        "two prompts side by side, compared", "teaser", {"text": "A text to tease"}
    ),
    "connectors": Try(
        "Jira and Slack; it asks the real ones, and needs your keys",
        "open-issue",
        {
            "jira": "https://example.atlassian.net",
            "project": "OPS",
            "channel": "C0123",
            "summary": "The disk is full",
        },
        keyless=False,
    ),
}


class Made(Struct, frozen=True):
    """What was written, what was there before, and whether all of it may run.

    `added`: settings that an example needs and that weir.toml did not have.
    """

    made: list[str]
    kept: list[str]
    trusted: bool
    added: list[str] = []
    mock: bool = False  # answers its model steps, unless a run or a step says otherwise


def make_workspace(root: Path, example: str | None) -> Made:
    """Make a folder a workspace; what is there already is kept as it is.

    Raises NotFound for an unknown example, WeirError and OSError.
    """
    if example is not None and example not in examples():
        raise NotFound(f"no example {example!r}; there are {', '.join(examples())}")
    if root.exists() and not root.is_dir():
        raise WeirError(f"{root} is a file, not a folder")
    root.mkdir(parents=True, exist_ok=True)
    joins = joining(root, example)
    filled = bool(definition_files(root))
    made: list[str] = []
    kept: list[str] = []
    for place, data in contents(root, example):
        path = place.as_posix()
        (made if new_file(root, path, data) else kept).append(path)
    (made if ignore(root / ".gitignore") else kept).append(".gitignore")
    trusted = take_over(root, made, filled)
    if joins is not None and joins.added:
        write_joined(root, joins)
    mock = open_workspace(root).config.provider == "mock"
    return Made(made, kept, trusted, joins.added if joins else [], mock)


def joining(root: Path, example: str | None) -> Joined | None:
    """The weir.toml that is there, with what an example needs of it."""
    if example is None or not (root / CONFIG).exists():
        return None
    wanted = starter_folder() / EXAMPLES / example / CONFIG
    return joined(safe_file(root, CONFIG), wanted.read_bytes())


def write_joined(root: Path, joins: Joined) -> None:
    """It may do what it could before, and no more."""
    trust = Trust.open()
    known = not trust.untrusted(root, {CONFIG: joins.before})
    replace_file(root, CONFIG, joins.before, joins.after)
    if known:
        trust.trust_texts(root, {CONFIG: joins.after})


def contents(root: Path, example: str | None) -> Iterator[tuple[Path, bytes]]:
    """What a new workspace holds; of two things in one place the first one stays."""
    if example is not None:
        for source, place in example_files(example):
            yield place, with_modeline(place, source.read_bytes())
    for source, place in starter_files():
        yield place, with_modeline(place, source.read_bytes())
    yield SCHEMA, schema_text()
    if example is None:
        name = msgspec.json.encode(root.name).decode()  # a TOML string is one of JSON
        yield Path(CONFIG), SETTINGS.format(name=name).encode()


def schema_text() -> bytes:
    """What a modeline leads to: the JSON Schema of all kinds of definition."""
    return msgspec.json.format(msgspec.json.encode(schema(None)), indent=2) + b"\n"


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
