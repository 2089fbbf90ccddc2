"""What went wrong, as one line on stderr and an exit code."""

from __future__ import annotations

import os
import sys

import click

from engine.errors import (
    Ambiguous,
    InvalidValues,
    InvalidWorkspace,
    NotFound,
    NotTrusted,
    WeirError,
)
from tui.cli.out import one_line

REFUSED = 1  # understood, and refused or failed
USAGE = 2  # what was asked can't be understood, or names what isn't there
UNEXPECTED = 70
INTERRUPTED = 130

# These end a command before anything was tried, so that 1 from `weir run` is a run's.
BEFORE_ANYTHING = (NotFound, Ambiguous, InvalidValues, InvalidWorkspace, NotTrusted)


def complain(error: Exception) -> int:
    """Say what went wrong in one line, and return the exit code for it."""
    if os.environ.get("WEIR_DEBUG") == "1" and not isinstance(error, click.UsageError):
        import traceback

        traceback.print_exception(error)
    message, code = reading(error)
    if message:
        click.echo(f"weir: {one_line(message)}", err=True)
    return code


def reading(error: Exception) -> tuple[str, int]:
    """An error as its message and exit code."""
    if isinstance(error, InvalidValues) and error.missing:
        given = " ".join(f"-i {name}=…" for name in error.missing)
        return f"{error}; give {given}", USAGE
    if isinstance(error, WeirError):
        return str(error), USAGE if isinstance(error, BEFORE_ANYTHING) else REFUSED
    if isinstance(error, click.Abort):
        return "", INTERRUPTED
    if isinstance(error, click.UsageError):
        return usage(error), USAGE
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if isinstance(error, BrokenPipeError):
        return "", REFUSED
    if told := from_store(error):
        return told, REFUSED
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}", REFUSED
    name = type(error).__name__
    text = f"unexpected {name}: {error}; set WEIR_DEBUG=1 to see where"
    return text, UNEXPECTED


def usage(error: click.UsageError) -> str:
    """What can't be understood, and the word that was meant or where it is told."""
    path = error.ctx.command_path if error.ctx else "weir"
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return f"{path}: say which of {among(error.ctx)}; see {path} --help"
    near = getattr(error, "possibilities", None)
    message = error.message if near else error.format_message()
    message = message[:1].lower() + message[1:].rstrip(".")
    if near:
        return f"{message}; did you mean {' or '.join(near)}?"
    if isinstance(error, click.exceptions.NoSuchCommand) and path != "weir":
        return f"{message}; say {path} with one of {among(error.ctx)}"
    return f"{message}; see {path} --help"


def among(ctx: click.Context | None) -> str:
    """The commands of a group, as they may be typed."""
    assert ctx is not None
    assert isinstance(ctx.command, click.Group)
    return ", ".join(
        name for name, command in ctx.command.commands.items() if not command.hidden
    )


def from_store(error: Exception) -> str:
    """What the store says of an error of its own or its database's; "" if neither is.

    The store is not imported for this: an error of it means that it was.
    """
    if "store.database" not in sys.modules:
        return ""
    from store.database import StoreError, say

    family = {base.__module__.partition(".")[0] for base in type(error).__mro__}
    if isinstance(error, StoreError) or family & {"peewee", "apsw"}:
        return say(error)
    return ""
