"""A person at a browser: a real `weir serve`, and a real headless Chromium.

Chromium is large and a program of its own, so it is not among what tests need: install
it and `pip install 'weir-workbench[proof]'`, or name it: CHROMIUM=/path/to/chromium.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.machine.state import ApprovalStatus
from store import approvals
from tests.stories.place import WEIR, Place, is_gone, until

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
try:
    import pyte
    from playwright.sync_api import Browser, Error, Page, WebSocket, sync_playwright
except ImportError:
    pytest.skip("there is no playwright here", allow_module_level=True)

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")
MakePlace = Callable[..., Place]
GATED = """workflow: gated
steps:
  - id: ask
    approval: {title: "Shall it go on?", choices: [approve, reject]}
    route: [{choice: reject, to: end}, {choice: approve, to: done}]
  - {id: done, shell: {run: "echo $WEIR_RUN_ID"}}
"""
EVIL = "http://evil.example/"


class Server:
    """A `weir serve` in a terminal, as JSON."""

    def __init__(self, place: Place, *words: str, **more: str) -> None:
        self.process = subprocess.Popen(
            [*WEIR, "-C", str(place.root), "serve", "--port", "0", "--json", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**place.environment, **more},
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        said = ""
        while not said.endswith("}\n"):
            line = self.process.stdout.readline()
            assert line, self.process.communicate()[1]
            said += line
        self.url: str = json.loads(said)["url"]

    @property
    def origin(self) -> str:
        return self.url.partition("/?")[0]

    def windows(self) -> list[int]:
        """Its workbenches; a runner that it has woken is none."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        lines = {int(c): Path(f"/proc/{c}/cmdline").read_text() for c in children}
        return [child for child, line in lines.items() if "tui.browser" in line]

    def ends(self, number: int = signal.SIGINT) -> str:
        """What it had to say on standard error until it ended."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.communicate(timeout=60)[1]


class Tab:
    """A page, and what its terminal has been told to show."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.screen = pyte.Screen(200, 60)
        self.stream = pyte.ByteStream(self.screen)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.heard(said.type, said.text))
        page.on("websocket", self.watch)

    def heard(self, kind: str, text: str) -> None:
        if kind == "error":
            self.errors.append(text)

    def watch(self, socket: WebSocket) -> None:
        socket.on("framereceived", self.paint)

    def paint(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self.stream.feed(frame)

    def shows(self, text: str) -> None:
        for _ in range(600):
            if text in "\n".join(self.screen.display):
                return
            self.page.wait_for_timeout(100)
        shown = "\n".join(line.rstrip() for line in self.screen.display)
        raise AssertionError(f"{text!r} never came: {self.errors}\n{shown}")

    def types(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(700)  # a gate takes no key at first sight


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Chromium's own sandbox wants rights that a container or root has not.
    rules = "--host-resolver-rules=MAP rebind.example 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", rules]
        )
        yield browser
        browser.close()


@contextlib.contextmanager
def served(place: Place, *words: str, **more: str) -> Iterator[Server]:
    server = Server(place, *words, **more)
    try:
        yield server
    finally:
        server.ends()


def opened(chromium: Browser, url: str) -> Tab:
    tab = Tab(chromium.new_context(viewport={"width": 1200, "height": 700}).new_page())
    tab.page.goto(url)
    tab.page.wait_for_selector("body.-first-byte .xterm-screen")
    return tab


def waiting(make_place: MakePlace) -> tuple[Place, str]:
    """A place with a run that stands at its gate."""
    place = make_place(gated=GATED)
    run = place.start("gated")
    place.wake()
    place.until_run(run, "waiting")
    place.kill_all()
    return place, run


def status_of(place: Place, run: str) -> Mapping[str, Any]:
    (gate,) = approvals.of_run(place.database, run)
    return {"status": gate.status, "decisions": json.loads(gate.decisions or b"[]")}


def test_a_gate_is_answered_in_a_browser_and_its_run_goes_on(
    make_place: MakePlace, chromium: Browser
) -> None:
    place, run = waiting(make_place)
    with served(place) as server:
        tab = opened(chromium, server.url)
        tab.shows(run[:6])
        tab.types("2")
        tab.shows("Shall it go on?")
        tab.types("a")
        tab.shows("pprove")
        tab.types("Enter")
        until(lambda: status_of(place, run)["status"] == ApprovalStatus.APPROVED)
        (decision,) = status_of(place, run)["decisions"]
        assert decision["by"]["via"] == "browser"
        place.until_run(run, "succeeded")
        assert "token" not in tab.page.url
        assert {url.split("?")[0].rsplit("/", 1)[0] for url in tab.asked} <= {
            server.origin, server.origin.replace("http", "ws"), "data:,",
        }  # fmt: skip
        assert tab.errors == []
        assert tab.page.evaluate("document.fonts.check('16px Roboto Mono')")
        assert tab.page.evaluate("document.cookie") == ""


def test_who_only_looks_is_shown_all_and_can_change_nothing(
    make_place: MakePlace, chromium: Browser
) -> None:
    place, run = waiting(make_place)
    with served(place, "--read-only") as server:
        tab = opened(chromium, server.url)
        tab.types("2")
        tab.shows("Shall it go on?")
        tab.types("a")
        tab.shows("for reading only")
        assert status_of(place, run)["status"] == ApprovalStatus.PENDING
        assert place.awake() == []


def test_ctrl_c_ends_every_window_and_says_nothing(
    make_place: MakePlace, chromium: Browser
) -> None:
    place, run = waiting(make_place)
    with served(place, "--read-only") as server:
        tabs = [opened(chromium, server.url) for _ in range(2)]
        for tab in tabs:
            tab.shows(run[:6])
        assert len(server.windows()) == 2
        tabs[0].page.close()
        until(lambda: len(server.windows()) == 1)
        (left,) = server.windows()
        assert server.ends() == ""
        assert server.process.returncode == 0
        until(lambda: is_gone(left))
        tabs[1].page.wait_for_selector("body.-closed")


def test_no_window_outlives_a_server_that_was_killed(
    make_place: MakePlace, chromium: Browser
) -> None:
    place, run = waiting(make_place)
    with served(place, "--read-only") as server:
        opened(chromium, server.url).shows(run[:6])
        (window,) = server.windows()
        server.ends(signal.SIGKILL)
        until(lambda: is_gone(window))


def test_a_name_that_was_led_to_us_opens_nothing(
    make_place: MakePlace, chromium: Browser
) -> None:
    place, _ = waiting(make_place)
    with served(place, "--read-only") as server:
        rebound = server.url.replace(server.origin.split("//")[1].split(":")[0],
                                     "rebind.example")  # fmt: skip
        page = chromium.new_context().new_page()
        answer = page.goto(rebound)
        assert answer is not None
        assert answer.status == 403
        assert page.context.cookies() == []


def test_a_page_from_elsewhere_reaches_nothing_even_in_a_browser_that_is_let_in(
    make_place: MakePlace, chromium: Browser
) -> None:
    place, run = waiting(make_place)
    with served(place, "--read-only") as server:
        tab = opened(chromium, server.url)
        tab.shows(run[:6])
        page = tab.page.context.new_page()
        page.route(EVIL, lambda r: r.fulfill(body="<p>", content_type="text/html"))
        page.goto(EVIL)
        ended = page.evaluate(
            """url => new Promise(done => {
                const socket = new WebSocket(url);
                socket.onopen = () => done("open");
                socket.onerror = () => done("refused");
            })""",
            server.origin.replace("http", "ws") + "/window",
        )
        assert ended == "refused"
        with pytest.raises(Error):
            page.evaluate("url => fetch(url).then(r => r.text())", server.origin)
        assert len(server.windows()) == 1
