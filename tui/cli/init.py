"""`weir init`: make a folder a workspace, and overwrite nothing in it."""

from __future__ import annotations

from pathlib import Path

import click

from engine.starting import FIRST, Made, make_workspace
from tui.cli import out
from tui.cli.reach import Reach, pass_reach

MOCK = (
    "mock answers its model steps, without a key, and no model is asked until"
    ' `provider = "mock"` is taken out of weir.toml'
)


@click.command()
@click.argument("path", required=False)
@click.option("--example", metavar="NAME", help="With an example and its data.")
@out.json_option
@pass_reach
def init(reach: Reach, path: str | None, example: str | None, as_json: bool) -> None:
    """Make PATH, or this folder, a workspace with a starter set of definitions.

    What is there already is kept as it is, and said. A weir.toml that is there is
    given the databases and secrets an example needs and it does not name.
    """
    root = Path(path or reach.directory or ".").expanduser().resolve()
    found = make_workspace(root, example)
    if as_json:
        told = {"made": found.made, "kept": found.kept, "added": found.added}
        out.document({"workspace": str(root), **told})
    else:
        tell(root, found, example)


def tell(root: Path, found: Made, example: str | None = None) -> None:
    for place in found.made:
        out.line(f"wrote {out.one_line(place)}")
    for place in found.kept:
        out.line(f"kept  {out.one_line(place)}, which was there")
    for name in found.added:
        out.line(f"added {out.one_line(name)} to weir.toml, for the example")
    keyless = "" if found.mock else " --provider mock"
    out.line(
        f"{out.one_line(str(root))} is a workspace; `weir check`,"
        f" `weir run {FIRST[example].words}{keyless}`"
    )
    if found.mock:
        out.line(MOCK)
    if not found.trusted:
        out.line("some of it was here before you; look at it with `weir trust`")
