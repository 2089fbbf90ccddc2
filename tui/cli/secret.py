"""`weir secret`: which secrets steps may read, and putting one into the keyring."""

from __future__ import annotations

import sys

import click

from engine.errors import NotFound, WeirError
from engine.hidden import Place, keep, place_of, value_at
from engine.secrets import why_missing
from engine.workspace import Config
from tui.cli import out
from tui.cli.reach import Reach, pass_looking

HEADERS = ("SECRET", "FROM", "THERE")


@click.group(invoke_without_command=True)
@click.pass_context
def secret(ctx: click.Context) -> None:
    """List secrets, or put one into the keyring of the system."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@secret.command("list")
@out.json_option
@pass_looking
def list_(reach: Reach, as_json: bool) -> None:
    """List the secrets that weir.toml names, and whether each is there; no value."""
    config = reach.workspace().config
    found = {name: is_there(name, told) for name, told in config.secrets.items()}
    if as_json:
        document = [
            {"secret": name, "from": config.secrets[name], "there": there}
            for name, there in found.items()
        ]
        out.document(document)
        return
    if not found:
        out.line("weir.toml names no secret; write one under [secrets]")
        return
    rows = [row(config, name, there) for name, there in found.items()]
    out.table(HEADERS, rows)


def row(config: Config, name: str, there: bool) -> list[str]:
    said = "yes" if there else f"no: {why_missing(config, name)}"
    return [out.one_line(name), out.one_line(config.secrets[name]), out.one_line(said)]


def is_there(name: str, told: str) -> bool:
    try:
        return value_at(place_of(f"secret {name}", told)) is not None
    except WeirError:
        return False  # the table says why


@secret.command("set")
@click.argument("name")
@pass_looking
def set_(reach: Reach, name: str) -> None:
    """Put the secret NAME into the keyring, from a prompt or from standard input."""
    place = in_keyring(reach, name)
    if sys.stdin.isatty():
        value = click.prompt(f"{name}", hide_input=True, err=True)
    else:
        value = sys.stdin.read().removesuffix("\n")
    if not value:
        raise click.UsageError("a secret is not empty; nothing was kept")
    keep(place, value)
    out.line(f"{out.one_line(name)} is in the keyring; a runner that is awake knows it")
    out.line("when it wakes again: `weir runner stop`")


@secret.command("remove")
@click.argument("name")
@pass_looking
def remove(reach: Reach, name: str) -> None:
    """Take the secret NAME out of the keyring."""
    keep(in_keyring(reach, name), None)
    out.line(f"{out.one_line(name)} is in the keyring no more")


def in_keyring(reach: Reach, name: str) -> Place:
    """Where a secret is in the keyring. Raises NotFound, and WeirError elsewhere."""
    told = reach.workspace().config.secrets.get(name)
    if told is None:
        raise NotFound(f"no secret {name!r}; write it under [secrets] in weir.toml")
    place = place_of(f"secret {name}", told)
    if not place.service:
        raise WeirError(
            f"{name} comes from the environment; set {place.name} there, or say"
            " keyring:SERVICE/NAME in weir.toml"
        )
    return place
