"""The page of a gate: all that a decision on it is bound to, and who is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from engine.machine.state import Edit, Shown
from tui.deciders import newest_edit
from tui.panes.gate import MARKDOWN, Draft, Gate, ends, facts
from tui.panes.pane import how_old
from tui.panes.ticking import said_of_ticks
from tui.unusual import unusual
from tui.widgets.document import Drawn, Part
from tui.widgets.safe import plain
from tui.widgets.source import coloured_diff

if TYPE_CHECKING:
    from engine.outlook import Outlook


def page(
    gate: Gate,
    draft: Draft | None,
    now: float,
    ahead: Outlook | None = None,
    more: str = "",
    *,
    ticks: str = "",
    source: bool = False,
) -> list[Part]:
    """The parts of the page, in the order in which they are to be read.

    `more` is said of others that ask the same; `ticks` is the key that ticks items;
    with `source` documents are shown as they are written.
    """
    facts = [*_head(gate, now, ahead), *([plain(more)] if more else [])]
    items = said_of_ticks(gate, draft, ticks)
    return [*facts, *items, *_asked(gate), *_body(gate, draft, source), _end(gate)]


def passing(gate: Gate, now: float, ahead: Outlook | None) -> tuple[str, str]:
    """What the page says of time, to the minute: another text, another page."""
    return ends(gate, now), how_old(now - ahead.begun) if ahead else ""


def _head(gate: Gate, now: float, ahead: Outlook | None) -> Iterator[Part]:
    request = gate.request
    yield plain(request.title, "bold")
    if gate.high_risk and gate.open:
        yield plain("! high risk: approve, then y", "bold $text-error")
    yield from facts(gate, now)
    if ahead is not None:
        from engine.outlook import told  # the rules: not for the first paint

        yield from map(plain, told(ahead, now, how_old))  # which changes with the news


def _asked(gate: Gate) -> Iterator[Part]:
    request = gate.request
    yield from _remarks(request.title)
    if request.text:
        yield ""
        yield request.text
        yield from _remarks(request.text)


def _body(gate: Gate, draft: Draft | None, source: bool) -> Iterator[Part]:
    for shown in gate.request.shown:
        yield ""
        if draft is not None and draft.name == shown.name:
            head = f"{shown.name}, edited by you and not approved yet"
            yield from _edited(head, draft)
        elif (found := newest_edit(gate.decisions, shown.name)) is not None:
            edit, by = found
            yield from _edited(f"{shown.name}, as {by.name} edited it", edit)
        else:
            yield from _shown(gate, shown, source)


def _edited(head: str, edit: Draft | Edit) -> Iterator[Part]:
    yield _heading(head)
    yield coloured_diff(edit.diff.split("\n"))
    yield _heading("the edited text, whole")
    yield edit.text
    yield from _remarks(edit.text)


def _shown(gate: Gate, shown: Shown, source: bool) -> Iterator[Part]:
    yield _heading(shown.name)
    yield from _remarks(shown.text)
    if source or shown.form != MARKDOWN:
        yield shown.text
    else:
        yield Drawn(shown.text, partial(_draw, _ticked(gate, shown)))


def _draw(text: str, columns: int) -> Sequence[Content] | None:
    # A reader of Markdown: not for the first paint.
    from tui.documents import without_front
    from tui.widgets.drawn import drawn

    front, text = without_front(text)
    lines = drawn(text, columns)
    return lines and [*(plain(line, "$foreground-muted") for line in front), *lines]


def _ticked(gate: Gate, shown: Shown) -> str:
    """A checklist as people have ticked it: what its text says in a box is no tick."""
    for each in gate.checklists:
        if each.name == shown.name:
            from tui.documents import with_ticks

            return with_ticks(shown.text.encode(), each.items).decode()
    return shown.text


def _remarks(text: str) -> Iterator[Part]:
    for remark in unusual(text):
        yield plain(f"! {remark}", "bold $text-warning")


def _heading(text: str) -> Content:
    return plain(f"── {text} ──", "bold $text-accent")


def _end(gate: Gate) -> Content:
    return plain(f"── end · {gate.approval.digest[:12]} ──", "$foreground-muted")
