"""Asking Git about a folder that someone else may have filled.

A repository can name programs to run (hooks, fsmonitor, ext:: remotes). Every call goes
through `git`, which turns those off, never asks for a password and never waits long.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

TIMEOUT = 10.0  # seconds
_OFF = (
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "safe.bareRepository=explicit",
    "-c", "protocol.ext.allow=never",
)  # fmt: skip


def git(root: Path, *arguments: str) -> bytes | None:
    """What a Git command prints, or None where it fails or there is no Git here."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_")
    }
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            ["git", *_OFF, *arguments],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def commits_of(root: Path, texts: Mapping[str, bytes]) -> dict[str, str]:
    """The commit at HEAD for each file that stands there with just this text.

    `texts` is by path relative to `root`. Files that are changed, or in no
    repository, are left out. Two processes, however many files.
    """
    head = git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if head is None:
        return {}
    tree = git(root, "ls-tree", "-r", "-z", "HEAD", "--", "workflows/")
    if tree is None:
        return {}
    blobs = {}
    for line in tree.decode(errors="replace").split("\0"):
        about, _, path = line.partition("\t")
        if path:
            blobs[path] = about.split()[2]
    commit = head.decode().strip()
    return {
        path: commit for path, text in texts.items() if blobs.get(path) == blob_id(text)
    }


def blob_id(text: bytes) -> str:
    """The name Git gives a file's content (SHA-1 repositories)."""
    return hashlib.sha1(
        b"blob %d\0" % len(text) + text, usedforsecurity=False
    ).hexdigest()
