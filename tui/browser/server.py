"""Serving the workbench of one workspace to browsers on this machine."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import WSCloseCode, web

from engine.desk import Desk
from engine.errors import WeirError
from engine.people import refuse_inside_a_run
from engine.saying import in_words
from store.errors import StoreError
from tui.browser import page
from tui.browser.door import WINDOW, Door
from tui.browser.hearing import cells
from tui.browser.window import Window

MOST = 8  # windows at once; each is a process of some 60 MB
BEATS = 15.0  # seconds between two looks whether a browser is still there
LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
Say = Callable[[str], None]


class House:
    """The pages and windows of one workspace, behind a door."""

    def __init__(self, desk: Desk, door: Door, say: Say) -> None:
        self.desk, self.door, self.say = desk, door, say
        self.open: set[web.WebSocketResponse] = set()
        self.errands: set[asyncio.Task[None]] = set()
        self.socket_url = f"ws://{door.address}{WINDOW}"

    @property
    def read_only(self) -> bool:
        return self.desk.database.read_only

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._at_the_door])
        app.router.add_get("/", self._page)
        app.router.add_get(WINDOW, self._window)
        for path in page.ASSETS:
            app.router.add_get(path, self._asset)
        app.on_response_prepare.append(self._dress)
        app.on_shutdown.append(self._close)
        return app

    @web.middleware
    async def _at_the_door(
        self,
        request: web.Request,
        handler: Callable[[web.Request], object],
    ) -> web.StreamResponse:
        self.door.require(request)
        return await handler(request)  # type: ignore[misc,no-any-return]

    async def _dress(self, _: web.Request, response: web.StreamResponse) -> None:
        for name, value in page.headers(self.socket_url).items():
            response.headers[name] = value

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if self.door.knocks(request):
            return self.door.let_in()
        self._require_room()
        workspace = self.desk.workspace
        name = workspace.config.name or workspace.root.name
        return page.workbench(name, self.socket_url)

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        return page.asset(request.path)

    async def _window(self, request: web.Request) -> web.StreamResponse:
        self._require_room()
        opened = web.WebSocketResponse(heartbeat=BEATS, timeout=1.0)
        self.open.add(opened)
        try:
            await opened.prepare(request)
            window = Window(
                self.desk.workspace.root, read_only=self.read_only, wake=self.wake
            )
            died = await window.open(opened, size_of(request))
            if died:
                self.say(f"a window has ended: {died}")
            await opened.close()
        finally:
            self.open.discard(opened)
        return opened

    def _require_room(self) -> None:
        if len(self.open) >= MOST:
            told = f"Not opened: {MOST} windows are open; close one.\n"
            raise web.HTTPServiceUnavailable(text=told)

    async def _close(self, _: web.Application) -> None:
        away = [each.close(code=WSCloseCode.GOING_AWAY) for each in self.open]
        await asyncio.gather(*away)

    # For all windows: the server has the environment that a runner needs

    def wake(self) -> None:
        """See that a runner is awake; why not is said."""
        errand = asyncio.create_task(self._wake())
        self.errands.add(errand)
        errand.add_done_callback(self.errands.discard)

    async def _wake(self) -> None:
        try:
            await asyncio.to_thread(self.desk.wake)
        except (WeirError, StoreError) as error:
            self.say(in_words(error))

    async def keep_up(self) -> None:
        """Wake a runner, and bring saved files in as long as this runs."""
        from engine import watching  # watches files: only where something is written

        await self._wake()
        await watching.watch(self.desk.engine, self._stale)

    def _stale(self, why: str) -> None:
        if why:
            self.say(why)


def size_of(request: web.Request) -> tuple[int, int]:
    """Columns and lines that a page asks for; 80 by 24 where it says no numbers."""
    try:
        width, height = int(request.query["width"]), int(request.query["height"])
    except (KeyError, ValueError):
        return 80, 24
    return cells(width), cells(height)


def listen(port: int) -> list[socket.socket]:
    """Sockets on both addresses of this machine alone; any free port for 0.

    A name below `localhost` leads to either. On the one we left out somebody else
    could wait for the token.
    """
    found: list[socket.socket] = []
    for family, address in LOOPBACK:
        try:
            bound = socket.create_server((address, port), family=family)
        except OSError as error:
            absent = error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
            if absent and found:
                continue  # a machine without IPv6
            for each in found:
                each.close()
            raise WeirError(
                f"port {port} can't be had: {error.strerror}; take another with --port"
            ) from error
        found.append(bound)
        port = bound.getsockname()[1]
    return found


@asynccontextmanager
async def serving(
    root: Path, port: int, *, read_only: bool, say: Say
) -> AsyncIterator[House]:
    """Serve the workspace at `root` while the block runs; its windows end with it."""
    refuse_inside_a_run("a step of a run can't open the workbench")
    desk = Desk.open(root, via="browser", read_only=read_only)
    try:
        sockets = listen(port)
        house = House(desk, Door(sockets[0].getsockname()[1]), say)
        runner = web.AppRunner(house.app(), access_log=None)
        await runner.setup()
        try:
            for each in sockets:
                await web.SockSite(runner, each).start()
            yield house
        finally:
            await runner.cleanup()
            await asyncio.gather(*house.errands)
    finally:
        desk.close()


async def serve(
    root: Path, port: int, *, read_only: bool, ready: Callable[[House], None], say: Say
) -> None:
    """Serve until ctrl+c, or whatever else ends a program."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told.set)
    async with serving(root, port, read_only=read_only, say=say) as house:
        ready(house)
        if house.read_only:
            await told.wait()
            return
        beside = asyncio.create_task(house.keep_up())
        waiting = asyncio.create_task(told.wait())
        try:
            await asyncio.wait({beside, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if beside.done():
                beside.result()
        finally:
            for task in (beside, waiting):
                task.cancel()
            await asyncio.gather(beside, waiting, return_exceptions=True)
