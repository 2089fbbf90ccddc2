"""A workspace that Git keeps."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git(root: Path, *arguments: str) -> None:
    author = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org"]
    subprocess.run(["git", *author, *arguments], cwd=root, check=True)


def commit(root: Path) -> None:
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main")
        (root / ".gitignore").write_text(".weir/\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
