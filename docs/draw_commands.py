"""Draws docs/commands.md from the commands' own help (`make docs`)."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from tui.cli.commands import SECTIONS, Entry
from tui.cli.front import weir

HEAD = """# Commands

Drawn by `make docs` from what `weir COMMAND --help` prints. Every command has `--json`,
and every refusal is one line on standard error.
"""
WIDTH = 88


def page() -> str:
    """The whole page, as it should stand in docs/."""
    parts = [HEAD]
    for title, entries in SECTIONS.items():
        parts.append(f"## {title}\n")
        parts += [command(name, e) for name, e in entries.items() if not e.hidden]
    return "\n".join(parts)


def command(name: str, entry: Entry) -> str:
    module, _, attribute = entry.place.partition(":")
    found: click.Command = getattr(import_module(module), attribute)
    above = weir.make_context("weir", [], resilient_parsing=True)
    return f"### weir {name}\n\n```\n{help_of(found, name, above)}\n```\n"


def help_of(found: click.Command, name: str, above: click.Context) -> str:
    """Its help and that of the commands below it, however wide the terminal is."""
    context = click.Context(found, parent=above, info_name=name, terminal_width=WIDTH)
    parts = [found.get_help(context)]
    if isinstance(found, click.Group):
        for each, below in found.commands.items():
            parts.append(help_of(below, each, context))
    return "\n\n".join(parts)


if __name__ == "__main__":
    Path(__file__).with_name("commands.md").write_text(page())
