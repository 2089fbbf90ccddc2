"""The first line and the last: where one is, what is going on, which keys there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from textual.content import Content
from textual.widgets import Static

from engine.counted import counted
from tui.actions import BY_ID, PANES, Action
from tui.keymap import Keymap, Keys, shown
from tui.teaching import ALWAYS_IN_FOOTER
from tui.text import mark_of, one_line
from tui.widgets.safe import plain

NAMES = ("Runs", "Approvals", "Log", "Templates", "Projects")
PEEKED = 100  # columns from which the approvals are on the screen anyway
FOOTER_CELLS = 76  # leaves the corner of an 80-column terminal free
BESIDE_FOOTER = 4  # columns that are no key's, as wide as the terminal may be


class Facts(Struct):
    """What the first line tells, all of it read from the store or the workspace."""

    name: str = ""
    pane: str = PANES[0]
    runs: Mapping[str, int] = {}
    waiting: int = 0
    snoozed: int = 0
    notice: str = ""  # what the pane says of itself, which has no title when narrow
    first: str = ""  # what is asked by the approval that stands first
    problems: int = 0
    provider: str = ""
    stale: str = ""  # why the screen may be behind


class StatusBar(Static):
    """One line; what doesn't fit beside the tabs goes to a second."""

    def show(self, facts: Facts, columns: int) -> None:
        name = one_line(facts.name, 12)
        left = Content.assemble(plain(f" {name} ", "bold"), " ", _tabs(facts))
        counters = _counters(facts.runs)
        notes = _notes(facts)
        first = _first(facts) if columns < PEEKED else []
        right = Content("  ").join([*counters, *notes])
        if left.cell_length + right.cell_length + 2 > columns:
            right, first = Content(" ").join(counters), [*notes, *first]
        room = max(0, columns - left.cell_length - right.cell_length - 1)
        lines = [Content.assemble(left, " " * room, right)]
        if first:
            second = Content.assemble(" ", Content("  ").join(first))
            lines.append(second.truncate(columns, ellipsis=True))
        self.update(Content("\n").join(lines))


def _tabs(facts: Facts) -> Content:
    tabs = []
    for number, (pane, name) in enumerate(zip(PANES, NAMES, strict=True), 1):
        count = f"({facts.waiting})" if pane == "approvals" and facts.waiting else ""
        here = "▸" if pane == facts.pane else ""
        style = "bold underline" if here else ""
        tabs.append(plain(f"{number} {name}{count}{here}", style))
    return Content(" ").join(tabs)


def _counters(runs: Mapping[str, int]) -> list[Content]:
    found = []
    for status in ("running", "waiting", "failed"):
        if count := runs.get(status, 0):
            mark = mark_of(status)
            found.append(plain(f"{mark.glyph}{count}", mark.style))
    return found


def _notes(facts: Facts) -> list[Content]:
    notes = []
    if facts.snoozed:
        notes.append(plain(f"{facts.snoozed} snoozed", "$foreground-muted"))
    if facts.provider == "mock":
        notes.append(plain("model: mock", "$text-accent"))
    if facts.problems:
        problems = counted(facts.problems, "problem")
        notes.append(plain(f"✗ {problems}", "$text-error"))
    if facts.stale:
        notes.append(plain(one_line(facts.stale, 40), "$text-warning"))
    return notes


def _first(facts: Facts) -> list[Content]:
    """What the pane says of itself, and a peek at what stands first."""
    notice = [plain(facts.notice, "$text-accent")] if facts.notice else []
    if not facts.first or facts.pane == "approvals":
        return notice
    return [*notice, plain(f"? {facts.first}", "$text-warning")]


class TooSmall(Static):
    """What stands on a terminal that is too small for anything else."""

    def __init__(self) -> None:
        super().__init__("The workbench needs 60 columns and 15 lines.", id="small")


class FooterBar(Static):
    """The keys that do something here, and always those that tell of the others."""

    told = Content("")
    asked: object = None  # of what `told` was made

    def show(self, keys: Iterable[tuple[str, str]], keymap: Keymap, held: str) -> None:
        """It is asked after all that happens, and mostly for the same."""
        room = max(FOOTER_CELLS, self.app.size.width - BESIDE_FOOTER)
        asked = ([*keys], keymap, held, room)
        if asked != self.asked:
            self.asked = asked
            self.remove_class("chord")
            self.tell(footer(asked[0], keymap, held, room))

    def show_chord(self, pressed: Keys, follows: list[tuple[Keys, Action]]) -> None:
        """What may come after the keys pressed so far."""
        parts = [plain(f"{shown(pressed)} …", "bold")]
        for keys, action in follows:
            parts.append(_key(shown(keys[len(pressed) :]), action.name))
        self.asked = None
        self.add_class("chord")  # on more lines than one, where it takes them
        self.tell(Content(" ").join(parts))

    def tell(self, content: Content) -> None:
        """Say it; what stands there already is not painted again."""
        if not content.is_same(self.told):
            self.told = content
            self.update(content)


def footer(
    keys: Iterable[tuple[str, str]],
    keymap: Keymap,
    held: str = "",
    room: int = FOOTER_CELLS,
) -> Content:
    """What fits of the keys, each an action and its word, what matters first.

    `held` is what can still be taken back, and stands before them.
    """
    tail = [_of(each, BY_ID[each].name, keymap) for each in ALWAYS_IN_FOOTER]
    parts: list[Content] = []
    if held:
        undo = keymap.first("app.undo")
        parts.append(plain(f"{undo} Undo {held}", "bold $text-warning"))
    used = sum(part.cell_length + 1 for part in [*parts, *tail])
    for action_id, word in keys:
        part = _of(action_id, word, keymap)
        if part.cell_length + 1 + used <= room:
            parts.append(part)
            used += part.cell_length + 1
    return Content(" ").join([*parts, *tail])


def _of(action_id: str, word: str, keymap: Keymap) -> Content:
    return _key(keymap.first(action_id), word)


def _key(key: str, name: str) -> Content:
    return Content.assemble(plain(key, "bold $text-accent"), " ", plain(name))
