"""Someone at the workbench, on a room, with a clock that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual import events
from textual.pilot import Pilot

from tests.tui.clock import Clock
from tests.tui.dump import dump
from tests.tui.room import Room
from tui.actions import ACTIONS
from tui.app import Workbench
from tui.keymap import Keymap, default_keymap
from tui.personal import Personal
from tui.screens.together import Together
from tui.themes import USUAL

LOOKS = 400


class Seat:
    """Someone at the workbench: presses keys, waits for a truth, reads the screen."""

    def __init__(
        self, room: Room, app: Workbench, pilot: Pilot[int], clock: Clock
    ) -> None:
        self.room, self.app, self.pilot, self.clock = room, app, pilot, clock

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def press_at_once(self, *keys: str) -> None:
        """As a slow line brings them: together, with nothing done in between."""
        for key in keys:
            event = events.Key(key, key if len(key) == 1 else None)
            self.app.post_message(event.set_sender(self.app))
        await self.pilot.pause()

    async def until(self, true: Callable[[], object], what: str = "") -> None:
        """Wait for a condition; give up after so many looks, each of 10 ms or more."""
        for _ in range(LOOKS):
            await self.pilot.pause(0.01)
            if true():
                return
        raise AssertionError(f"never came true: {what}\n{self.screen}")

    async def until_read(self) -> None:
        """Wait until the store was read once, and what was read is shown."""
        await self.until(lambda: self.app.reader._position >= 0, "the store was read")
        await self.pilot.pause()

    @property
    def screen(self) -> str:
        return dump(self.app)

    @property
    def lines(self) -> list[str]:
        return self.screen.split("\n")

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.screen, f"{text!r} on the screen")

    def at_work(self, *groups: str) -> bool:
        """Whether a worker of these groups has not ended yet."""
        return any(w.group in groups and not w.is_finished for w in self.app.workers)

    async def to_approvals(self) -> None:
        """Go to the approvals and look at the chosen one for long enough."""
        await self.press("2")
        await self.until(lambda: self.app.work.approvals.gate is not None)
        await self.until(lambda: self.app.work.approvals.document.end_seen)
        self.clock.forward(1)

    async def reads_to_the_end(self) -> None:
        """Page through what several gates show together, and look for long enough."""
        await self.until(lambda: isinstance(self.app.screen, Together))
        await self.sees("── end of")
        await self.press(*["space"] * 10)
        self.clock.forward(1)

    def undone(self, place: str) -> list[str]:
        """The actions that apply at a place, and that its screen doesn't do."""
        acts = self.app.keyed.acts()
        return [a.id for a in ACTIONS if a.applies(place) and a.id not in acts]

    def said(self) -> str:
        """The newest toast."""
        return " ".join(n.message for n in self.app._notifications)


@asynccontextmanager
async def sit_down(
    room: Room,
    size: tuple[int, int] = (80, 24),
    *,
    keymap: Keymap | None = None,
    theme: str = USUAL,
    window: float = 0.0,
    toasts: bool = False,
    **given: object,
) -> AsyncIterator[Seat]:
    """Open the workbench on a room, with a clock that stands still.

    What is decided is sent at once, unless a `window` is given. What is said is kept,
    and shown only with `toasts`.
    """
    clock = Clock()
    app = Workbench(
        room.desk,
        Personal(keymap or default_keymap(), theme, undo=window),
        clock=clock,
        now=room.engine.clock,
        keeps_up=False,
        **given,  # type: ignore[arg-type]
    )
    async with app.run_test(size=size, notifications=toasts) as pilot:
        seat = Seat(room, app, pilot, clock)
        await seat.until_read()
        yield seat
