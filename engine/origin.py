"""Whether a text was written in this clone, or came to it from somewhere else.

A text that Git has never stored was written here. One that it has stored was written
here if every commit that brought it was made here, by the clone's own reflog. So a
text stays someone else's when it is pulled, merged, amended, checked out of another
branch or rebased, and whatever is not clear counts as theirs.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path, PurePosixPath

from engine.git import blob_id, blobs_at_head, git, word

# How the reflog names a commit that a person made here.
MADE = ("commit: ", "commit (initial): ", "commit (amend): ")

# While one of these stands, texts appear that nobody wrote here.
UNDER_WAY = (
    "index.lock",
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "SQUASH_MSG",
    "rebase-merge",
    "rebase-apply",
)

# Attributes by which a file on disk differs from what Git stored, and is not edited.
CONVERTING = ("filter", "ident", "working-tree-encoding")


class Origin:
    """What one clone knows about the texts in it, asked once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def folder(self) -> Path | None:
        """Git's own folder, or None outside of a repository."""
        found = word(self.root, "rev-parse", "--absolute-git-dir")
        return Path(found) if found else None

    @property
    def has_git(self) -> bool:
        """Also when Git refuses to speak about the repository that is there."""
        above = (self.root, *self.root.parents)
        return self.folder is not None or any((p / ".git").exists() for p in above)

    def is_ours(self, path: str, text: bytes) -> bool:
        """Whether the text of this path (relative to the root) was written here."""
        if self.folder is None:
            return not self.has_git
        blob = blob_id(text, self._digits)
        stored = self._is_stored(blob)
        if stored is None:
            return False
        if not stored:
            return self._is_edit(path, text)
        brought = self._brought(path, blob)
        if brought is None or (not brought and self._is_at_head(path, blob)):
            return False
        if not brought:  # added to the index, and not committed by anyone
            return self._is_edit(path, text)
        return brought <= self._made_here

    @cached_property
    def _digits(self) -> int:
        return (
            64
            if word(self.root, "rev-parse", "--show-object-format") == "sha256"
            else 40
        )

    @cached_property
    def _made_here(self) -> frozenset[str]:
        log = git(self.root, "log", "-g", "--format=%H%x09%gs", "HEAD", "--") or b""
        entries = (
            line.partition("\t") for line in log.decode("utf-8", "replace").split("\n")
        )
        return frozenset(commit for commit, _, what in entries if what.startswith(MADE))

    def _is_stored(self, blob: str) -> bool | None:
        """Whether Git has a content; None when it does not say."""
        said = git(self.root, "cat-file", "--batch-check", given=blob.encode() + b"\n")
        return None if said is None else not said.rstrip().endswith(b" missing")

    def _is_at_head(self, path: str, blob: str) -> bool:
        return blobs_at_head(self.root, path).get(path) == blob

    def _brought(self, path: str, blob: str) -> set[str] | None:
        """The commits, on any branch and in the reflog, that gave a path this text."""
        assert self.folder is not None
        fetched = ["FETCH_HEAD"] if (self.folder / "FETCH_HEAD").exists() else []
        log = git(
            self.root, "log", "--exclude=refs/stash", "--all", "--reflog", *fetched,
            "--full-history",
            "--no-ext-diff", "--no-textconv", "--no-renames", "--raw", "--no-abbrev",
            "--format=%x01%H", f"--find-object={blob}", "--", path,
        )  # fmt: skip
        if log is None:
            return None
        found = set()
        for entry in log.decode("utf-8", "replace").split("\x01")[1:]:
            commit, *changes = entry.split("\n")
            # :old-mode new-mode old-blob new-blob status<tab>path
            if any(change.split(" ")[3:4] == [blob] for change in changes):
                found.add(commit)
        return found

    def _is_edit(self, path: str, text: bytes) -> bool:
        """Whether a text unknown to Git can only have been written here."""
        return not (
            b"\r" in text  # line ends may be Git's doing
            or self._is_under_way()
            or self._is_converted(path)
            or self._is_in_another_repository(path)
        )

    def _is_under_way(self) -> bool:
        assert self.folder is not None
        return any((self.folder / name).exists() for name in UNDER_WAY)

    def _is_converted(self, path: str) -> bool:
        said = git(self.root, "check-attr", "-z", *CONVERTING, "--", path)
        if said is None:
            return True
        values = said.split(b"\0")[2::3]  # path, attribute, value; path, …
        return any(value not in (b"unspecified", b"unset") for value in values)

    def _is_in_another_repository(self, path: str) -> bool:
        """In a submodule or another clone, of whose texts this one knows nothing."""
        between = PurePosixPath(path).parents
        return any(
            (self.root / folder / ".git").exists()
            for folder in between
            if folder != PurePosixPath()
        )
