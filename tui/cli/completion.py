"""`weir completion`: what a shell needs so that Tab completes words of Weir."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from tui.cli import out

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_WEIR_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.pass_context
def completion(ctx: click.Context, shell: str | None) -> None:
    """Print what makes Tab complete commands, ids of runs and gates, and names.

    For the shell you are in, or another. One line in its own settings reads it, as in
    `eval "$(weir completion bash)"`, or `weir completion fish | source`.
    """
    shell = shell or Path(os.environ.get("SHELL", "")).name
    if shell not in SHELLS:
        raise click.UsageError(f"say which shell: {', '.join(SHELLS)}", ctx)
    made = get_completion_class(shell)
    assert made is not None, "click knows each of them"
    out.line(made(ctx.find_root().command, {}, "weir", VARIABLE).source())
