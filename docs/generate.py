"""Drawing the pages that follow from the code: `make docs` writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import click

from engine.machine import transitions
from tui.cli.commands import SECTIONS, Entry
from tui.cli.front import weir

FOLDER = Path(__file__).parent
MADE = "<!-- Made by `make docs`; a change here is lost. -->\n\n"
HELP_WIDTH = 88

Table = Mapping[type, tuple[tuple[str | None, ...], str | tuple[str, ...]]]

MACHINE = """\
# The machine

What may happen to a run, a step and an approval. The pictures are drawn from the tables
in `engine/machine/transitions.py`, which are what the engine obeys: an event without an
arrow here can't happen.

A run is `waiting` instead of `running` while none of its steps can go on before a
person or a clock has spoken. No event says so; it follows from the steps.
"""


def machine() -> str:
    return "\n".join(
        [
            MACHINE,
            diagram("A run", transitions.RUN),
            diagram("A step", transitions.STEP),
            diagram("An approval", transitions.APPROVAL),
        ]
    )


def diagram(title: str, table: Table) -> str:
    lines = [f"## {title}\n", "```mermaid", "stateDiagram-v2"]
    lines += [f"    {arrow}" for arrow in arrows(table)]
    return "\n".join([*lines, "```\n"])


def arrows(table: Table) -> Iterator[str]:
    for event, (sources, target) in table.items():
        targets = target if isinstance(target, tuple) else (target,)
        for source in sources:
            for each in targets:
                yield f"{source or '[*]'} --> {each}: {event.__name__}"


def commands() -> str:
    parts = [
        "# Commands\n",
        "Every command has `--json`, and every refusal is one line.\n",
    ]
    for title, entries in SECTIONS.items():
        parts.append(f"## {title}\n")
        parts += [command(name, e) for name, e in entries.items() if not e.hidden]
    return "\n".join(parts)


def command(name: str, entry: Entry) -> str:
    """A command's own help, as it prints it."""
    module, _, attribute = entry.place.partition(":")
    found: click.Command = getattr(import_module(module), attribute)
    return "\n".join([f"### weir {name}\n", "```", help_of(found, name), "```\n"])


def help_of(found: click.Command, name: str) -> str:
    above = click.Context(weir, info_name="weir")
    context = click.Context(
        found, parent=above, info_name=name, terminal_width=HELP_WIDTH
    )
    parts = [found.get_help(context)]
    if isinstance(found, click.Group):
        for each in found.list_commands(context):
            inner = found.get_command(context, each)
            if inner is not None:
                below = click.Context(
                    inner, parent=context, info_name=each, terminal_width=HELP_WIDTH
                )
                parts.append(inner.get_help(below))
    return "\n\n".join(parts)


PAGES: dict[str, Callable[[], str]] = {"machine.md": machine, "commands.md": commands}


def page(name: str) -> str:
    """The whole text of a page that is drawn."""
    return MADE + PAGES[name]()


def main() -> None:
    for name in PAGES:
        (FOLDER / name).write_text(page(name))
        click.echo(f"wrote docs/{name}")


if __name__ == "__main__":
    main()
