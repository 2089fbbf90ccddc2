"""The workbench: a person's window on a workspace. It performs no step itself."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textual import work
from textual._styles_cache import StylesCache
from textual.await_complete import AwaitComplete
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen

from engine.definition.marks import START, Mark
from engine.errors import WeirError
from store.changes import changes
from store.database import StoreError, say
from tui import terminal
from tui.actions import BY_ID, Here
from tui.announce import Announcer
from tui.editor import Editor, open_editor
from tui.everywhere import Everywhere
from tui.holding import Holding
from tui.keymap import Keymap
from tui.messages import Find
from tui.panes.sending import tell
from tui.personal import Personal
from tui.reading import LogWanted, Reader, Wanted, read_gate, read_run
from tui.screens.keyed import KeyedScreen
from tui.screens.work import NEWS, WorkScreen
from tui.scripting.session import Session
from tui.text import show
from tui.themes import HIGH_CONTRAST
from tui.typed import Typed
from tui.widgets.lesser import filters_for
from tui.widgets.safe import LINE_FILTERS

if TYPE_CHECKING:
    from engine.definition.base import Json
    from engine.definition.typed import Fields
    from engine.desk import Desk
    from tui.screens.form import Submit

T = TypeVar("T")
ROUND = 0.1  # seconds at least between two reads of the store
LOOK = 0.5  # seconds between two looks for a commit that nobody rang for
SETTLE = 0.05  # a cursor that runs down the list reads only where it stops
TICK = 1.0  # seconds between two looks at ages that may read differently now


class Workbench(Typed, inherit_bindings=False):
    """Holds the desk, follows the store, and does what is not a pane's own.

    There is no `action_*` method here, and Textual's own that could press a key is
    closed, so nothing a text says can reach a decision.
    """

    CSS_PATH = "app.tcss"
    TITLE = "weir"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [
        (0, "-slim"),
        (60, "-narrow"),
        (100, "-medium"),
        (140, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (15, "-short"), (32, "-tall")]

    def __init__(
        self,
        desk: Desk,
        personal: Personal,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        editor: Editor = open_editor,
        keeps_up: bool = True,
        session: Session | None = None,
    ) -> None:
        super().__init__()
        self.animation_level = "none"
        self.register_theme(HIGH_CONTRAST)
        self.theme = personal.theme
        self.personal = personal
        self.desk = desk
        self.clock = clock
        self.now = now
        self.editor = editor
        self.keeps_up = keeps_up
        self.session = session or Session()
        self.lesser = [*filters_for(os.environ)]
        self.holding = Holding(desk)
        self.reader = Reader(desk)
        self.wanted = Wanted()
        self.work = WorkScreen()
        ring, name = partial(terminal.notify, self), partial(terminal.set_title, self)
        self.announcer = Announcer(
            clock, ring, name, lambda: self.personal, self.is_quiet
        )
        self.everywhere = Everywhere(self)

    def get_default_screen(self) -> Screen[None]:
        return self.work

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *LINE_FILTERS, *self.lesser]

    def on_mount(self) -> None:
        if not self.is_headless:
            terminal.install_signal_handlers(self, self.holding.send_at_last)
        # Nobody can take back what is held while the terminal is another's.
        self.app_suspend_signal.subscribe(
            self, lambda _: tell(self, self.holding.send_all()), immediate=True
        )
        # Textual paints nothing anew after `fg`, and the terminal has forgotten it.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

    def begin(self) -> None:
        """The panes stand: read for them, and see that what is asked gets done."""
        self.show_newest()
        self.set_interval(TICK, lambda: self.work.tick(self.now()))
        self.follow_store()
        if self.keeps_up and not self.only_looks:
            self.call_after_refresh(self.keep_up)
        self.call_after_refresh(self.heed)

    def show_newest(self) -> None:
        """Read here and not in a thread: the first paint is for what is read."""
        try:
            self.work.show_runs(self.reader.first_page(self.wanted.find))
        except StoreError as error:
            self.work.show_stale(NEWS, say(error))

    def pop_screen(self) -> AwaitComplete:
        # Textual keeps a colour under who asked for it, and so all that they painted;
        # and what was found in a node under each number of changes in it.
        StylesCache.get_inner_outer.cache_clear()
        for node in self._registry:
            node._query_one_cache.clear()
        return super().pop_screen()

    async def action_simulate_key(self, key: str) -> None:
        """Refuse: Textual lets markup press keys, and keys decide here."""

    @property
    def keymap(self) -> Keymap:
        return self.personal.keymap

    @property
    def workspace_name(self) -> str:
        workspace = self.desk.workspace
        return workspace.config.name or workspace.root.name

    # Reading: a worker reads, the screen's handlers draw

    @work(exclusive=True, group="store")
    async def follow_store(self) -> None:
        """Read what is new whenever anyone has written, at most ten times a second."""
        try:
            async for _ in changes(self.desk.database, every=LOOK):
                read = False
                while self.is_running and not read:
                    read = await self.read_news()
                    await asyncio.sleep(ROUND if read else LOOK)
        except StoreError as error:
            self.work.show_stale(NEWS, say(error))

    async def read_news(self) -> bool:
        news, wanted = self.reader.news, self._wanted()
        return await self._read(NEWS, lambda: chain(news(wanted), self.reader.blocks()))

    @work(exclusive=True, group="importer")
    async def keep_up(self) -> None:
        """Wake a runner, and bring saved files in while this window is open."""
        await self.ask(lambda: self.desk.wake())  # a late desk loads what it stands on
        watching = await asyncio.to_thread(import_module, "engine.watching")
        await watching.watch(self.desk.engine, partial(self.work.show_stale, "files"))

    @work(exclusive=True, group="settings")
    async def heed(self) -> None:
        """Go by weir.toml and config.toml as they stand; what can't be is said."""
        from tui.heeding import heed  # not for the first paint

        await heed(self)

    @work(exclusive=True, group="chosen")
    async def read_chosen(self) -> None:
        await asyncio.sleep(SETTLE)
        run = self.wanted.run
        await self._read("run", lambda: read_run(self.desk.database, run, LogWanted()))

    @work(exclusive=True, group="gate")
    async def read_gate(self, approval_id: str) -> None:
        await self._read("gate", lambda: read_gate(self.desk, approval_id))

    @work(exclusive=True, group="page")
    async def read_page(self, find: Find, before: str | None) -> None:
        await self._read("page", lambda: self.reader.pages(find, before))

    async def _read(self, what: str, read: Callable[[], Iterator[Message]]) -> bool:
        """Read in a thread, and hand each thing to the screen when it is read.

        False where it could not be read, which is shown.
        """
        stale = ""
        try:
            await asyncio.to_thread(lambda: [*map(self.work.post_message, read())])
        except (StoreError, WeirError) as error:
            stale = say(error)
        if self.is_running:
            self.work.show_stale(what, stale)
        return not stale

    def _wanted(self) -> Wanted:
        panes = self.work
        self.wanted.log = panes.log_pane.wanted()
        self.wanted.known = frozenset(panes.runs.rows)
        return self.wanted

    def choose_run(self, run: str) -> None:
        self.wanted.run = run
        if run:
            self.read_chosen()

    def find_runs(self, find: Find) -> None:
        self.wanted.find = find
        self.read_page(find, None)

    # Asking the desk

    async def ask(self, work: Callable[[], T]) -> T | None:
        """Do it in a thread; a refusal is said, and None is the answer."""
        try:
            return await asyncio.to_thread(work)
        except (WeirError, StoreError) as error:
            self.session.error(error)
            self.say(say(error) if isinstance(error, StoreError) else str(error), True)
            return None

    async def asked(self, work: Callable[[], object]) -> bool:
        """As `ask`; whether it was done."""
        return await self.ask(lambda: (work(), True)) is not None

    async def start_run(self, name: str = "") -> None:
        from tui.screens.start import start_run

        await start_run(self, name)

    async def fill_in(
        self,
        title: str,
        fields: Fields,
        untyped: Collection[str] = (),
        submit: Submit | None = None,
    ) -> dict[str, Json] | None:
        """Typed values for a gate or a run; nothing is done by them but `submit`."""
        from tui.screens.form import Form  # its widgets are not for the first paint

        return await self.push_screen_wait(
            Form(title, fields, done="Go on", untyped=untyped, submit=submit)
        )

    def is_quiet(self, risk: str) -> bool:
        """Whether the quiet hours of weir.toml hold what has such a risk now."""
        quiet = self.desk.workspace.config.notify.quiet
        if quiet is None:
            return False
        from engine.notifying.hours import is_held  # for those who have them

        return is_held(quiet, risk, self.now())

    # What the screen and the panes share

    @property
    def keyed(self) -> KeyedScreen:
        """The screen that keys go to; a question over it is none."""
        stack = reversed(self.screen_stack)
        return next(s for s in stack if isinstance(s, KeyedScreen))

    def go(self, pane: str, key: str = "") -> None:
        """Back to the panes, to one of them, and in it to the row of that key."""
        above = [s for s in self.screen_stack if s in [*self.work.above()]]
        for _ in above:
            self.pop_screen()
        self.work.go(pane, key)

    @property
    def only_looks(self) -> bool:
        return self.desk.database.read_only

    def here(self, pane: str, **chosen: Any) -> Here:
        """What is chosen, with what is known everywhere."""
        held_up = self.work.approvals.stuck_in(chosen.get("run"))
        return Here(
            pane,
            workflows=len(self.work.templates.workflows()),
            waiting=len(self.work.approvals.awake()),
            held=len([*self.holding]),
            window=self.personal.undo,
            read_only=self.only_looks,
            in_browser=self.is_web,
            marked_run=self.work.runs.marked_run,
            **{**held_up, **chosen},
        )

    def say(self, text: str, wrong: bool = False) -> None:
        """One toast at a time; the newest is what matters."""
        self.clear_notifications()
        severity = "error" if wrong else "information"
        self.notify(show(text), severity=severity, markup=False)  # type: ignore[arg-type]

    def copy_text(self, text: str) -> None:
        if text:
            self.say(f"{text}: {terminal.copy(self, text)}")

    def edit(self, path: Path, place: Mark = START) -> None:
        """Hand the terminal to the person's editor. Raises WeirError."""
        self.editor(self, path, place)

    def begun(self) -> AbstractSet[object]:
        """Acts on their way to a question; then that, until it can be answered.

        A decision that is held asks nothing more.
        """
        screen = self.screen
        if isinstance(screen, KeyedScreen):
            acts, decisions = self._at_work("act"), self._at_work("decision")
            return acts | decisions if len(decisions) > len([*self.holding]) else acts
        stands = screen.is_mounted and (screen.focused or not screen.focus_chain)
        return frozenset() if stands else {screen}

    def _at_work(self, group: str) -> AbstractSet[object]:
        return {w for w in self.workers if w.group == group and not w.is_finished}

    def perform(self, action_id: str) -> None:
        self.keyed.perform(BY_ID[action_id])

    def leave(self) -> None:
        """Close the window. Runs are another process's, and go on."""
        self.exit(0)

    async def on_exit_app(self) -> None:
        """However one leaves, what was decided is sent first."""
        await asyncio.to_thread(self.holding.send_at_last)
