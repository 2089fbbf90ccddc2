"""The starter set: definitions Weir comes with, and examples with data of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

EXAMPLES = "examples"


def starter_folder() -> Path:
    """Where the starter set is: inside an installed Weir, or in its repository."""
    installed = Path(__file__).with_suffix("")
    return installed if installed.is_dir() else Path(__file__).parents[1] / "workflows"


def examples() -> list[str]:
    folder = starter_folder() / EXAMPLES
    return sorted(each.name for each in folder.iterdir() if each.is_dir())


def starter_files() -> Iterator[tuple[Path, Path]]:
    """Each file of the set, and where it goes in a workspace."""
    folder = starter_folder()
    for source in files_in(folder):
        if source.relative_to(folder).parts[0] != EXAMPLES:
            yield source, Path("workflows") / source.relative_to(folder)


def example_files(name: str) -> Iterator[tuple[Path, Path]]:
    """Each file of an example, and where it goes: definitions, data, weir.toml."""
    folder = starter_folder() / EXAMPLES / name
    for source in files_in(folder):
        yield source, source.relative_to(folder)


def files_in(folder: Path) -> Iterator[Path]:
    """Regular files below a folder, leaving out hidden ones and what a run left."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not path.is_symlink() and not hidden:
            yield path
