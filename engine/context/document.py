"""Context from a file of the workspace: JSON, YAML, CSV, or text."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import PurePosixPath
from typing import Any

import msgspec
from msgspec.structs import replace

from engine.context.found import Absent, Found, Unavailable, of_bytes
from engine.definition import yaml
from engine.files import MB, FileMissing, FileRefused, safe_file
from engine.git import commit_of
from engine.workspace import Workspace

Json = Any

MAX_FILE = 5 * MB


async def document(workspace: Workspace, relative: str) -> Found:
    """What a file says. Raises Absent when there is none, Unavailable."""
    try:
        data = await asyncio.to_thread(safe_file, workspace.root, relative, MAX_FILE)
    except FileMissing as error:
        raise Absent(str(error)) from error
    except FileRefused as error:
        raise Unavailable("missing", str(error)) from error
    found = of_bytes(read(data, relative), relative, data)
    commit = await asyncio.to_thread(commit_of, workspace.root, relative, data)
    return replace(found, commit=commit, file=relative)


def read(data: bytes, relative: str) -> Json:
    """The value of a file's text, as its suffix says."""
    try:
        text = data.decode("utf-8-sig")
        match PurePosixPath(relative).suffix.lower():
            case ".json":
                return msgspec.json.decode(text)
            case ".csv":
                return list(csv.DictReader(io.StringIO(text), strict=True))
            case ".yaml" | ".yml":
                return yaml_value(text, relative)
            case _:
                return text
    except UnicodeDecodeError as error:
        raise Unavailable(
            "missing", f"{relative} is not UTF-8 at byte {error.start}"
        ) from error
    except (msgspec.DecodeError, csv.Error, RecursionError) as error:
        raise Unavailable("missing", f"{relative}: {error}") from error


def yaml_value(text: str, relative: str) -> Json:
    """YAML as definitions have it: no anchors, tags or duplicate keys."""
    document = yaml.read(text, relative)
    if document.problems:
        raise Unavailable("missing", str(document.problems[0]))
    return document.value
