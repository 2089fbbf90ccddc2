"""`weir settings`: what a person has set for themselves, and setting it."""

from __future__ import annotations

from collections.abc import Iterable

import click

from engine.errors import WeirError
from engine.people import refuse_inside_a_run
from tui.cli import out
from tui.cli.pairs import pairs
from tui.keymap import config_path
from tui.personal import personal_of
from tui.settings import Setting, change, every, require_setting, value_of
from tui.words.settings import source, told

HEADERS = ("SETTING", "VALUE", "FROM", "WHAT IT DOES")
GIVE_WAY = ("WHAT IT DOES", "VALUE")


@click.command("settings")
@click.argument("words", nargs=-1, metavar="[NAME | NAME=VALUE]...")
@out.json_option
def settings(words: tuple[str, ...], as_json: bool) -> None:
    """Show what you have set for yourself, in every workspace; or set it.

    NAME alone shows one, or all that begin so: `keymap.runs`. NAME=VALUE sets one, as
    in `theme=dark`, `bell=off`, `keymap.runs.stop=X` or, for more keys than one,
    `keymap.runs.stop=["X", "g x"]`; NAME= makes it as usual again. Comments and order
    of the file stay.
    """
    path = config_path()
    names = [word for word in words if "=" not in word]
    if wanted := pairs((word for word in words if "=" in word), "the setting"):
        refuse_inside_a_run("a step of a run can't change a person's settings")
        change(path, {n: value_of(n, t) if t else None for n, t in wanted.items()})
    found = chosen(every(path), [*names, *wanted])
    if as_json:
        out.document({"file": str(path), "settings": found})
        return
    out.table(HEADERS, [row(each) for each in found], GIVE_WAY)
    if wanted:
        out.line(f"kept in {out.one_line(str(path))}")


def chosen(found: Iterable[Setting], names: list[str]) -> list[Setting]:
    """Those of these names, or that begin with one; all where none is said."""
    kept = [each for each in found if not names or any(is_of(each, n) for n in names)]
    for before, name in zip(["", *names], names, strict=False):
        if any(is_of(each, name) for each in kept):
            continue
        if can_be(before, name):
            meant = f"did you mean {before}={name}?"
            raise WeirError(f"there is no setting {name!r}; {meant}")
        require_setting(name)
    return kept


def can_be(name: str, text: str) -> bool:
    """Whether there is a setting of that name, and the text is a value for it."""
    try:
        personal_of({name: value_of(name, text)}, config_path())
    except WeirError:
        return False
    return True


def is_of(setting: Setting, name: str) -> bool:
    return f"{setting.name}.".startswith(f"{name}.")


def row(each: Setting) -> list[str]:
    return [each.name, told(each.value), source(each), each.does]
