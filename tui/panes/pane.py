"""What the five panes have in common: a list, a filter, a title, and acts."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.containers import Vertical
from textual.widgets import Input

from engine.spans import age
from tui.actions import Here
from tui.text import show
from tui.widgets.safe import plain
from tui.widgets.standing import Standing
from tui.widgets.vtable import VTable

if TYPE_CHECKING:
    from tui.app import Workbench

Act = Callable[[], Coroutine[Any, Any, None] | None]


def how_old(seconds: float) -> str:
    """An age that reads the same for a minute: a screen at rest writes nothing."""
    return age(seconds) if seconds >= 60 else "<1m"


class Pane(Standing, Vertical):
    """A pane answers to the actions of the registry by id, in `acts`.

    The list's moves are the same everywhere; `here` says what is chosen, for the
    actions' refusals.
    """

    pane: ClassVar[str]
    number: ClassVar[int]
    heading: ClassVar[str]

    filter_hint: ClassVar[str] = "text, or !text"

    filter_text = ""
    entitled = ""

    @property
    def bench(self) -> Workbench:
        return cast("Workbench", self.app)

    @property
    def table(self) -> VTable:
        return self.query_one(VTable)

    def on_mount(self) -> None:
        self.entitle()

    def here(self) -> Here:
        raise NotImplementedError

    def acts(self) -> Mapping[str, Act]:
        return {}

    def every_act(self) -> dict[str, Act]:
        table = self.table
        opening: dict[str, Act] = {
            "list.open": table.action_open,
            "list.filter": self.open_filter,
            "list.copy": self.copy_id,
        }
        return {**table.moves(), **opening, **self.acts()}

    def take_focus(self) -> None:
        self.table.focus(scroll_visible=False)

    def select(self, key: str) -> bool:
        """Put the cursor on the row of that key."""
        return self.table.select(key)

    def copied(self) -> str:
        """What `y` copies."""
        return self.table.selected or ""

    def copy_id(self) -> None:
        self.bench.copy_text(self.copied())

    # The filter

    def open_filter(self) -> None:
        """Put the filter's line above the list, and the keys into it at once."""
        line = self.filter_line
        if line is None:
            line = Input(placeholder=self.filter_hint, compact=True, classes="filter")
            line.cursor_blink = False
            self.mount(line, before=0)
        line.add_class("open")
        self.screen.set_focus(line)

    def filter_by(self, text: str) -> None:
        """Filter by a text as if it had been typed after `/`."""
        self.open_filter()
        if self.filter_line is not None:
            self.filter_line.value = text
        self.close_filter()

    @property
    def filter_line(self) -> Input | None:
        """The line that `/` opens; None until it has."""
        return self.query_one_optional(".filter", Input)

    def step_back(self) -> bool:
        """Leave what was opened in this pane; False when there was nothing to leave."""
        return self.close_filter(clear=True)

    def close_filter(self, *, clear: bool = False) -> bool:
        """Leave the filter's line; False when there was nothing to leave."""
        line = self.filter_line
        if line is None:
            return False
        if not line.has_class("open") and not (clear and self.filter_text):
            return False
        if clear:
            line.value = ""
        line.remove_class("open")
        self.take_focus()
        return True

    @on(Input.Submitted, ".filter")
    def leave_filter(self, event: Input.Submitted) -> None:
        event.stop()
        self.close_filter()

    @on(Input.Changed, ".filter")
    def filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.filter_text = event.value.strip()
        event.input.set_class(bool(self.filter_text), "held")
        self.entitle()
        self.filter_edited()

    def filter_edited(self) -> None:
        self.refilter()

    def refilter(self) -> None:
        """Show what the filter's text leaves."""

    def lets(self, *texts: str) -> bool:
        """Whether a row of these texts passes the filter."""
        wanted = self.filter_text.casefold()
        if wanted.startswith("!"):
            return not wanted[1:] or all(wanted[1:] not in t.casefold() for t in texts)
        return any(wanted in text.casefold() for text in texts)

    # The title

    def about(self) -> str:
        """What the title adds to the pane's name."""
        return ""

    def notice(self) -> str:
        """What of that is said also where a pane has no title: on a narrow screen."""
        return ""

    def entitle(self) -> None:
        words = [f"{self.number} {self.heading}", self.about()]
        if self.filter_text:
            words.append(f"/{show(self.filter_text)}")
        title = " · ".join(word for word in words if word)
        if title != self.entitled:  # a title set is a pane painted
            self.entitled = title
            self.border_title = plain(title)
            self.bench.work.show_status()

    # Where every refusal and failure goes

    def say(self, text: str) -> None:
        self.bench.say(text)

    def tick(self, now: float) -> None:
        """Time has passed: paint what looks different now, and nothing else."""
        self.table.refresh_rows()
