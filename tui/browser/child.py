"""The workbench at the other end of a browser's window. The process's main."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual.drivers.web_driver import WebDriver
from textual.messages import ExitApp

from engine.desk import Desk
from engine.handle import Engine
from engine.machine.state import Actor
from engine.opening import require_known
from tui.app import Workbench
from tui.opening import leaving
from tui.personal import read_personal


class Driver(WebDriver):
    """Textual's own, which would stay for ever when the server is gone."""

    def run_input_thread(self) -> None:
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(ExitApp())


class ServedDesk(Desk):
    """A desk that has the server wake a runner: that one has what a runner needs."""

    def __init__(self, engine: Engine, who: Actor) -> None:
        super().__init__(engine, who)
        self.ask_for_a_runner: Callable[[], object] | None = None

    def wake(self) -> None:
        require_known(self.workspace, self.database)
        if self.ask_for_a_runner is not None:
            self.ask_for_a_runner()


def main() -> None:
    """Be a workbench on the folder named, until its window is closed."""
    os.umask(0o077)
    root, *how = sys.argv[1:]
    personal = read_personal()
    desk = ServedDesk.open(Path(root), via="browser", read_only="--read-only" in how)
    assert isinstance(desk, ServedDesk)
    try:
        app = Workbench(desk, personal, keeps_up=False)
        app.driver_class = Driver
        # Acts are done in threads, and only the app's own may write to the pipe.
        desk.ask_for_a_runner = partial(app.call_later, ask, app)
        with leaving(app):
            app.run()
        sys.exit(app.return_code or 0)
    finally:
        desk.close()


def ask(app: Workbench) -> None:
    """Tell the server that there is something for a runner to do."""
    driver = app._driver
    assert isinstance(driver, Driver)
    driver.write_meta({"type": "wake"})


if __name__ == "__main__":
    main()
