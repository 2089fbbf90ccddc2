"""Asking Git about a folder that someone else may have filled.

A repository can name programs to run (hooks, fsmonitor, signatures, ext:: remotes).
Every call goes through `git`, which turns those off, reaches no network, never asks for
a password and never waits long.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

TIMEOUT = 10.0  # seconds
_OFF = (
    "--literal-pathspecs",
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "safe.bareRepository=explicit",
    "-c", "log.showSignature=false",
)  # fmt: skip
# A list of allowed protocols overrides any configuration: none is called so.
_SET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}


def git(root: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """What a Git command prints, or None where it fails or there is no Git here."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_")
    }
    try:
        done = subprocess.run(
            ["git", *_OFF, *arguments],
            cwd=root,
            env=environment | _SET,
            input=given,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def word(root: Path, *arguments: str) -> str:
    """The one word a Git command prints, or "" where it prints none."""
    return (git(root, *arguments) or b"").decode(errors="replace").strip()


def commits_of(root: Path, texts: Mapping[str, bytes]) -> dict[str, str]:
    """The commit at HEAD for each file that stands there with just this text.

    `texts` is by path relative to `root`. Files that are changed, or in no
    repository, are left out. Two processes, however many files.
    """
    commit = word(root, "rev-parse", "--verify", "--quiet", "HEAD")
    blobs = blobs_at_head(root, "workflows/") if commit else {}
    return {
        path: commit
        for path, text in texts.items()
        if path in blobs and blobs[path] == blob_id(text, len(commit))
    }


def commit_of(root: Path, path: str, data: bytes) -> str:
    """The commit at HEAD, if a file stands there with just these bytes; else ""."""
    commit = word(root, "rev-parse", "--verify", "--quiet", "HEAD")
    blob = blobs_at_head(root, path).get(path) if commit else None
    return commit if blob == blob_id(data, len(commit)) else ""


def blobs_at_head(root: Path, *paths: str) -> dict[str, str]:
    """The name Git gives the content of each file below these paths at HEAD."""
    tree = git(root, "ls-tree", "-r", "-z", "HEAD", "--", *paths) or b""
    blobs = {}
    for line in tree.decode(errors="surrogateescape").split("\0"):
        about, _, path = line.partition("\t")
        if path:
            blobs[path] = about.split()[2]
    return blobs


def blob_id(text: bytes, digits: int = 40) -> str:
    """The name Git gives a content; of 64 digits in a SHA-256 repository."""
    if digits == 64:
        return hashlib.sha256(b"blob %d\0" % len(text) + text).hexdigest()
    header = b"blob %d\0" % len(text)
    return hashlib.sha1(header + text, usedforsecurity=False).hexdigest()
