"""What this Weir is installed without, and how it is added where Weir is installed."""

from __future__ import annotations

import re
import sys
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path
from shlex import join

PACKAGE = "weir-workbench"


def how_to_add(extra: str) -> str:
    """The command a person types so that this very Weir has an extra of its package.

    What is injected stays when pipx installs Weir anew. An environment without pip was
    made by uv.
    """
    wanted = f"{PACKAGE}[{extra}]"
    if Path(sys.prefix, "pipx_metadata.json").is_file():
        return join(["pipx", "inject", Path(sys.prefix).name, *packages_of(extra)])
    if find_spec("pip") is None:
        return join(["uv", "pip", "install", "--python", sys.executable, wanted])
    return join([sys.executable, "-m", "pip", "install", wanted])


def packages_of(extra: str) -> list[str]:
    """The packages that an extra is, each with the versions that will do."""
    marked = re.compile(rf"extra == ['\"]{re.escape(extra)}['\"]")
    return [
        line.partition(";")[0].strip()
        for line in requires(PACKAGE) or ()
        if marked.search(line)
    ]
