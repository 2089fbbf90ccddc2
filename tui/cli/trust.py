"""`weir trust`: what a workspace that someone else filled could do here, and a yes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from engine.context.servers import HIDDEN, is_address
from engine.definition.model import Definition
from engine.definition.parse import parse
from engine.errors import CommandRefused
from engine.files import MB, FileMissing, FileRefused, safe_file
from engine.hidden import ENV
from engine.importer import LIMIT, definition_files
from engine.llm.provider import key_from
from engine.opening import all_it_could_run, is_known
from engine.people import refuse_inside_a_run
from engine.reach import Reach as Touched
from engine.reach import reach as touched_by
from engine.trust import Trust
from engine.trusting import let_run
from engine.workspace import CONFIG, Config, read_config
from store.database import NAME
from tui.cli import out
from tui.cli.editor import coloured_diff
from tui.cli.reach import Reach, pass_reach
from tui.words.times import now

# How each kind of thing is told, in the order of the screen.
TOLD = {
    "commands": "runs these commands",
    "hosts": "talks to these hosts",
    "secrets": "reads these variables of the environment, and secrets of the keyring",
    "paths": "reads these files, folders and databases",
    "models": "asks these models",
    "targets": "tells these targets of gates, by their addresses in weir.toml",
}


class Look(Struct, frozen=True):
    """What may not run yet: its texts, all they can touch, and what changed in them.

    `runs`: the runs in `.weir/` came with the folder, and may not go on either.
    """

    texts: Mapping[str, bytes]
    touched: dict[str, tuple[str, ...]]
    diffs: dict[str, str]
    broken: tuple[str, ...]
    runs: bool = False

    @property
    def nothing(self) -> bool:
        return not (self.texts or self.runs)


@click.command()
@click.option("--yes", is_flag=True, help="Trust what is shown without being asked.")
@out.json_option
@pass_reach
def trust(reach: Reach, yes: bool, as_json: bool) -> None:
    """Show every command, host, secret and path of definitions that came from
    elsewhere, and what changed in them; then ask whether they may run here."""
    refuse_inside_a_run("a run can't trust anything; a person must")
    root = reach.root()
    look = look_at(reach, Trust.open())
    if not as_json:
        tell(root, look)
    given = not look.nothing and (yes or (not as_json and agreed()))
    if given:
        allow(reach, look)
    if as_json:
        tell_json(root, look, trusted=given)
    elif given:
        out.line("trusted; a change that comes from elsewhere will be shown again")


def allow(reach: Reach, look: Look) -> None:
    """Trust the texts that were shown, and not what stands in the files by now."""
    let_run(
        reach.workspace(),
        reach.database(),
        reach.who(),
        look.texts,
        now(),
        runs=look.runs,
    )


def agreed() -> bool:
    """Whether the person says yes; anything but that is a no."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise CommandRefused("there is no terminal to ask on; read it, then add --yes")
    if click.confirm("May these run on this machine?", default=False, err=True):
        return True
    raise CommandRefused("nothing is trusted, and nothing of it will run")


def look_at(reach: Reach, kept: Trust) -> Look:
    root = reach.root()
    came_along = brought_runs(reach)
    texts = dict(texts_in(root))
    unknown = kept.untrusted(root, texts)
    parsed = {path: parse(texts[path], path) for path in unknown if path != CONFIG}
    good = [p.definition for p in parsed.values() if p.definition is not None]
    if came_along:
        good += all_it_could_run(reach.database())
    broken = tuple(path for path, p in parsed.items() if p.definition is None)
    config = read_config(texts[CONFIG]) if CONFIG in unknown else Config()
    diffs = {path: kept.diff(root, path, texts[path]) for path in unknown}
    return Look(
        {path: texts[path] for path in unknown if path not in broken},
        everything(good, config),
        {path: diff for path, diff in diffs.items() if was_trusted(diff)},
        broken,
        came_along,
    )


def brought_runs(reach: Reach) -> bool:
    """Whether there is a store that was not made here."""
    there = (reach.root() / ".weir" / NAME).exists()
    return there and not is_known(reach.workspace(), reach.database())


def texts_in(root: Path) -> list[tuple[str, bytes]]:
    """What says what runs here: the definitions, and weir.toml. Links are not read."""
    found = []
    for path in [CONFIG, *definition_files(root)]:
        try:
            found.append((path, safe_file(root, path, MB if path == CONFIG else LIMIT)))
        except FileMissing:
            continue  # a workspace may do without weir.toml
        except FileRefused as error:
            out.line(out.one_line(f"{error}; it can't run"), err=True)
    return found


def everything(good: list[Definition], config: Config) -> dict[str, tuple[str, ...]]:
    """All that definitions touch, and that weir.toml lets them touch."""
    touched: Touched = touched_by(good)
    hosts = [p.base_url for p in config.providers.values() if p.base_url]
    asked = (key_from(name, each) for name, each in config.providers.items())
    stores = config.databases.values()
    addresses = [each for each in stores if each.startswith(HIDDEN)]
    told = (t for t in config.notify.targets.values() if t.startswith(HIDDEN))
    places = (*filter(None, asked), *addresses, *config.secrets.values(), *told)
    hidden = [place.removeprefix(ENV) for place in places]
    cassettes = [p.cassette for p in config.providers.values() if p.cassette]
    added = {
        "hosts": (*hosts, *config.http.hosts, *(s for s in stores if "://" in s)),
        "secrets": (*hidden, *config.env),
        "paths": (*(s for s in stores if not is_address(s)), *cassettes),
        "models": tuple(name for name in (config.provider, config.model) if name),
        "targets": tuple(f"{n}: {told}" for n, told in config.notify.targets.items()),
    }
    return {
        name: tuple(sorted({*getattr(touched, name), *added.get(name, ())}))
        for name in TOLD
    }


def was_trusted(diff: str) -> bool:
    """Whether there is an older text to compare with: not all of the file is new."""
    return not diff.startswith("--- /dev/null")


def tell(root: Path, look: Look) -> None:
    if look.nothing:
        out.line(f"everything in {out.one_line(str(root))} may run")
    for path in look.broken:
        out.line(f"! {out.one_line(path)} can't be read and can't run; `weir check`")
    if look.nothing:
        return
    out.line(f"{out.one_line(str(root))} holds what came from elsewhere:")
    for path in look.texts:
        changed = "changed" if path in look.diffs else "new"
        out.line(f"  {out.one_line(path)} ({changed})")
    if look.runs:
        out.line("  .weir/weir.db (runs that are not from here)")
    for kind, things in look.touched.items():
        if things:
            out.line(out.paint(f"It {TOLD[kind]}:", bold=True))
        for thing in things:
            out.block(thing.strip(), "  ")
    for diff in look.diffs.values():
        for line in coloured_diff(diff.splitlines()):
            out.line(line)


def tell_json(root: Path, look: Look, *, trusted: bool) -> None:
    out.document(
        {
            "workspace": str(root),
            "untrusted": [] if trusted else [*look.texts],
            "trusted": [*look.texts] if trusted else [],
            "broken": look.broken,
            "runs": look.runs and not trusted,
            "touches": msgspec.to_builtins(look.touched),
            "diffs": look.diffs,
        }
    )
