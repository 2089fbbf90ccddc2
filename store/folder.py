"""The folder the database lives in: ours alone, and on a disk of this machine."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

from store.errors import NoDatabase, ReadOnlyDatabase, UnfitFolder

FOLDER_MODE = 0o700
FILE_MODE = 0o600

# WAL shares memory between processes and locks bytes of the file: neither holds
# across machines.
NETWORK_DISKS = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "vboxsf"),
        *("ceph", "glusterfs", "lustre", "davfs", "fuse.sshfs", "fuse.rclone"),
        *("fuse.davfs2", "fuse.glusterfs", "fuse.s3fs", "fuse.gvfsd-fuse"),
    }
)
# A folder with one of these is copied to other machines file by file.
SYNC_MARKERS = (".stfolder", ".dropbox", ".dropbox.cache", ".owncloudsync.log")

MOUNTS = Path("/proc/self/mountinfo")


def prepare_folder(folder: Path, *, create: bool) -> None:
    """Make the folder, or check the one there is. Raises UnfitFolder, NoDatabase."""
    if create:
        make_folder(folder)
    try:
        found = folder.lstat()
    except FileNotFoundError:
        raise NoDatabase(
            f"there is no database in {folder}: `weir init` makes a workspace"
        ) from None
    if not stat.S_ISDIR(found.st_mode):
        raise UnfitFolder(f"{folder} must be a folder, not a link or a file: remove it")
    refuse_network_disk(folder)
    keep_private(folder, found, FOLDER_MODE)


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True)
    except FileExistsError:
        return  # what it is, the caller looks at
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        raise ReadOnlyDatabase(
            f"{folder} can't be made: the folder above it can't be written to"
        ) from error


def prepare_file(path: Path, *, create: bool) -> None:
    """Make an empty file of ours alone before SQLite would make one for everyone."""
    if create:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, flags, FILE_MODE))
    try:
        found = path.lstat()
    except FileNotFoundError:
        raise NoDatabase(
            f"there is no database at {path}: `weir init` makes a workspace"
        ) from None
    if not stat.S_ISREG(found.st_mode):
        raise UnfitFolder(f"{path} must be a plain file, not a link: remove it")
    keep_private(path, found, FILE_MODE)


def keep_private(path: Path, found: os.stat_result, mode: int) -> None:
    """Take from others what they should not have; only on what is ours."""
    if found.st_mode & 0o077 and found.st_uid == os.geteuid() and is_writable(path):
        path.chmod(mode)


def is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK)


def refuse_network_disk(folder: Path) -> None:
    kind = disk_kind(folder.resolve())
    if kind in NETWORK_DISKS:
        raise UnfitFolder(
            f"{folder} is on a {kind} disk, where SQLite can't keep a database safe: "
            "put the workspace on a disk of this machine"
        )


def disk_kind(folder: Path, mounts: str | None = None) -> str:
    """The file system a folder is on (`ext4`, `nfs4`), or "" where it can't be told."""
    if mounts is None:
        if not MOUNTS.exists():
            return ""
        mounts = MOUNTS.read_text(errors="replace")
    best, kind = -1, ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5 or not right:
            continue
        point = Path(unescaped(fields[4]))
        # The later of two mounts on one point hides the earlier.
        if folder.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), right.split(" ", 1)[0]
    return kind


def unescaped(field: str) -> str:
    """The kernel writes space, tab, newline and backslash as octal."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n")):
        field = field.replace(code, char)
    return field.replace("\\134", "\\")


def sync_marker(folder: Path) -> Path | None:
    """What shows that a folder above is copied by a sync program, if anything."""
    for parent in folder.resolve().parents:
        for name in SYNC_MARKERS:
            if (parent / name).exists():
                return parent / name
    return None
