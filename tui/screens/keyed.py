"""A screen whose every key is looked up in the keymap of the place one is at."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

from textual import events
from textual.screen import Screen
from textual.widgets import Input

from tui.actions import ACTIONS, APPROVALS, PANES, Action, Here
from tui.keymap import Keys, press
from tui.messages import Read
from tui.panes.pane import Act, Pane
from tui.screens.bars import Facts, FooterBar, StatusBar
from tui.teaching import taught
from tui.widgets.standing import Standing

if TYPE_CHECKING:
    from tui.app import Workbench


class KeyedScreen(Standing, Screen[None], inherit_bindings=False):
    """Says where one is (`place`) and what is done there (`acts`), by action id."""

    AUTO_FOCUS = ""
    pressed: Keys = ()

    @property
    def bench(self) -> Workbench:
        return cast("Workbench", self.app)

    @property
    def place(self) -> str:
        raise NotImplementedError

    @property
    def heading(self) -> str:
        raise NotImplementedError

    def here(self) -> Here:
        raise NotImplementedError

    def acts(self) -> Mapping[str, Act]:
        raise NotImplementedError

    def go_round(self, by: int) -> None:
        """To the next pane, page or list, or to the one before."""
        raise NotImplementedError

    def back(self) -> None:
        """Out of what was opened last."""
        raise NotImplementedError

    def out(self) -> None:
        """Back, but never out of Weir."""
        self.back()

    def zoom(self) -> None:
        self.toggle_class("zoomed")

    def go_waiting(self) -> None:
        """To what stands first in the inbox."""
        first = next((row.id for row in self.bench.work.approvals.awake()), "")
        self.bench.go(APPROVALS, first)

    def going(self) -> dict[str, Act]:
        """What is done on every screen: what the bench does, and going about."""
        bench = self.bench
        panes = {f"go.{pane}": partial(bench.go, pane) for pane in PANES}
        return {
            **bench.everywhere.by_id(),
            **panes,
            "go.waiting": self.go_waiting,
            "go.next": partial(self.go_round, 1),
            "go.previous": partial(self.go_round, -1),
            "view.zoom": self.zoom,
            "app.back": self.back,
            "app.out": self.out,
        }

    def heard(self, message: Read) -> None:
        """Something was read while this screen stands over the panes."""

    def show_facts(self, facts: Facts) -> None:
        for bar in self.query(StatusBar):  # none yet, while the screen is made
            bar.show(facts, self.size.width)

    def takes_text(self, event: events.Key) -> bool:
        """Whether the key is typed into a line, and so none of ours."""
        return False

    def types_into(self, pane: Pane, event: events.Key) -> bool:
        """Whether the key is typed into the filter of a pane; escape leaves it."""
        if not isinstance(self.focused, Input):
            return False
        if event.key == "escape":
            event.stop()
            pane.close_filter(clear=True)
        elif event.key in ("ctrl+q", "ctrl+c"):
            event.stop()
            self.press(event.key)
        return True

    def on_key(self, event: events.Key) -> None:
        if self.takes_text(event):
            return
        event.stop()
        event.prevent_default()
        self.press(press(event.key, event.character))

    def press(self, key: str) -> None:
        """One key: an action, or the beginning of a chord."""
        chord = (*self.pressed, key)
        keymap = self.bench.keymap
        action = keymap.find(self.place, chord)
        follows = keymap.follows(self.place, chord) if action is None else []
        self.pressed = chord if follows else ()
        if follows:
            self.query_one(FooterBar).show_chord(chord, follows)
            return
        if action is not None:
            self.perform(action)

    def teach(self, text: str) -> None:
        """Say a text with keys in it, as they are here: `{action.id}`."""
        self.bench.say(self.bench.keymap.taught(text))

    def on_idle(self) -> None:
        """After whatever came: what can be done depends on what is chosen by now."""
        self.show_keys()

    def show_keys(self) -> None:
        """Those that work on what is chosen, but not in the middle of a chord.

        Whoever asks for it may find the screen half made: what is chosen, nobody knows.
        """
        whole = self.is_mounted and self.stands and self.bench.is_running
        if whole and not self.pressed:
            self.tell_keys()

    def tell_keys(self) -> None:
        bench = self.bench
        held = bench.holding.told(bench.clock())
        # None yet, while the screen is made.
        if (bar := self.query_one_optional(FooterBar)) is not None:
            bar.show(taught(self.place, self.here()), bench.keymap, held)

    def perform(self, action: Action) -> None:
        """Do what an action says, or say why not."""
        here = self.here()
        reason = action.refuse(here)
        if reason is not None:
            self.bench.say(reason)
            self.bench.session.refused(action, here, reason)
            return
        self.bench.session.performed(action, here)
        result = self.acts()[action.id]()
        if inspect.iscoroutine(result):
            self.run_worker(result, group="act")

    def actions_here(self) -> list[Action]:
        return [action for action in ACTIONS if action.applies(self.place)]
