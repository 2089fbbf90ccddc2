"""The front door: finds the command, and turns every error into one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from engine import __version__
from engine.files import is_text
from tui.cli.commands import COMMANDS, SECTIONS
from tui.cli.failing import complain
from tui.cli.out import PLAIN
from tui.cli.reach import Reach

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# What people try that has no command of that name, and what to say to it.
OTHERWISE = {
    "undo": "there is no one undo: `weir rollback RUN` undoes what a run has done,"
    " `weir back RUN --to STEP` comes to a step again, `weir prune --undo` brings back"
    " hidden runs; a decision is taken back in the workbench alone, by u, for some"
    " seconds (`weir settings undo`)",
}


class Weir(click.Group):
    """Commands by name out of the table; a first word that is a path opens it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if word in COMMANDS or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        if word in OTHERWISE:
            raise click.UsageError(OTHERWISE[word], ctx)
        if not looks_like_a_path(word):
            raise click.exceptions.NoSuchCommand(word, possibilities=COMMANDS, ctx=ctx)
        return "open", self.get_command(ctx, "open"), args

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem]:
        """Commands out of the table, loading none of them; else options, or a path."""
        from click.shell_completion import CompletionItem  # only after a Tab

        found = [
            CompletionItem(name, help=entry.help)
            for name, entry in COMMANDS.items()
            if name.startswith(incomplete) and not entry.hidden
        ]
        if found or incomplete.startswith("-"):
            return found or click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(incomplete, type="dir")]

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        for title, entries in SECTIONS.items():
            rows = [(name, e.help) for name, e in entries.items() if not e.hidden]
            with formatter.section(title):
                formatter.write_dl(rows)

    def main(  # type: ignore[override]  # click's overloads differ by standalone_mode
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,
    ) -> NoReturn:
        """Run a command line and exit: 0 done, 1 refused or failed, 2 usage."""
        prepare_streams()
        try:
            refuse_bytes(sys.argv[1:] if args is None else args)
            code = super().main(args, prog_name, standalone_mode=False, **extra)
        # Nobody stands behind this one: whatever comes is told in a line, and a
        # traceback is for those who asked for it.
        except Exception as error:
            code = complain(error)
        sys.exit(code if isinstance(code, int) else 0)


def looks_like_a_path(word: str) -> bool:
    return word in {".", "~"} or os.sep in word or Path(word).is_dir()


def refuse_bytes(words: Sequence[str]) -> None:
    """Raise UsageError for a word that is no text, which nothing could store."""
    for word in words:
        if not is_text(word):
            raise click.UsageError(f"{word!r} is not UTF-8")


def prepare_streams() -> None:
    """A terminal that can't show a character gets its escape, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


@click.group(
    cls=Weir,
    name="weir",
    invoke_without_command=True,
    subcommand_metavar="[PATH | COMMAND ...]",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="weir COMMAND --help tells more about one. Every command has --json.",
)
@click.version_option(__version__, message="weir %(version)s")
@click.option(
    "-C", "directory", metavar="PATH", help="The workspace; here if not said."
)
@click.option("--no-runner", is_flag=True, help="Open the workbench only to look.")
@click.option("--plain", is_flag=True, help="Lines in place of a screen.")
@click.option(
    "--record", default="", metavar="FILE", help="Keep the workbench's session there."
)
@click.option("--typed", is_flag=True, hidden=True)  # inside of Weir itself
@click.pass_context
def weir(
    ctx: click.Context,
    directory: str | None,
    no_runner: bool,
    plain: bool,
    record: str,
    typed: bool,
) -> None:
    """Durable work that people and language models do together.

    With no command, or a PATH, open the workbench on the workspace there.
    """
    ctx.obj = Reach(directory, no_runner, plain=plain, record=record, typed=typed)
    if plain:
        os.environ.update(PLAIN)
    ctx.call_on_close(ctx.obj.close)
    if record and ctx.invoked_subcommand not in (None, "open"):
        raise click.UsageError("--record keeps a session of the workbench, no command")
    if ctx.invoked_subcommand is None:
        command = weir.get_command(ctx, "open")
        if command is not None:
            ctx.invoke(command)
