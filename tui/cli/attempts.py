"""The attempts at one step side by side, as `weir show --attempts` prints them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from engine.differing.attempts import TEXTS, Attempt, attempts
from engine.handle import Engine
from engine.lines import changed_lines
from store.records import StepRecord
from tui.cli import out
from tui.cli.editor import coloured_diff


def show_attempts(engine: Engine, step: StepRecord, as_json: bool) -> None:
    found = attempts(engine, step.run, step.path)
    if as_json:
        told = [{**out.fields(each), **each.sides()} for each in found]
        out.document({"step": step, "attempts": told})
        return
    out.line(f"{out.paint(out.one_line(step.path), bold=True)}  {step.kind}")
    if not found:
        out.line("there was no attempt at it")
        return
    sides = [each.sides() for each in found]
    short = [name for name in sides[0] if name not in TEXTS]
    rows = [[name, *(out.one_line(side[name]) for side in sides)] for name in short]
    heads = [f"ATTEMPT {each.number}" for each in found]
    out.table(["", *heads], [row for row in rows if any(row[1:])])
    for name in TEXTS:
        tell_text(name, found)


def tell_text(name: str, found: Sequence[Attempt]) -> None:
    """The text of the first attempt, and what each later one has changed in it."""
    texts = {each.number: each.sides()[name] for each in found}
    if not any(texts.values()):
        return
    first, *later = texts
    same = later and len({*texts.values()}) == 1
    out.line()
    out.line(out.paint(f"{name}{', the same in all' if same else ''}", bold=True))
    out.block(texts[first], "  ")
    for before, after in pairwise(texts) if not same else ():
        names = f"attempt {before}", f"attempt {after}"
        for line in coloured_diff(changed_lines(texts[before], texts[after], names)):
            out.line(f"  {line}")
