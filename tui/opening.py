"""Opening the workbench on a workspace, and closing it again."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from engine.people import refuse_inside_a_run
from tui.app import Workbench
from tui.late import LateDesk
from tui.personal import read_personal
from tui.scripting.session import Session
from tui.text import show

if TYPE_CHECKING:
    from engine.desk import Desk

STANDS = 1.0  # seconds after which the first screen is up


def run_workbench(
    root: Path, *, no_runner: bool = False, mouse: bool = True, record: str = ""
) -> int:
    """Open the workbench on the workspace at `root`; the exit code when it closes.

    `record` is the file that the session is kept in. Raises InvalidWorkspace,
    StoreError, InvalidKeymap and WeirError before anything is drawn, and CommandRefused
    inside a step of a run: a run can't decide for itself.
    """
    refuse_inside_a_run("a step of a run can't open the workbench; open it outside")
    personal = read_personal()
    with session_at(root, no_runner, record) as (desk, session):
        app = Workbench(desk, personal, keeps_up=not no_runner, session=session)
        app.call_later(lambda: app.set_timer(STANDS, partial(get_ready, desk)))
        with leaving(app):
            app.run(mouse=mouse and personal.mouse)
        return app.return_code or 0


@contextmanager
def session_at(
    root: Path, no_runner: bool, record: str
) -> Iterator[tuple[Desk, Session]]:
    """A desk, and its session, which is kept in a file where one is named."""
    if record:
        from tui.scripting.desk import scripting  # few keep one

        with scripting(root, Path(record), wakes=not no_runner) as kept:
            yield kept, Session(kept.script)
        return
    desk = cast("Desk", LateDesk(root, wakes=not no_runner))
    try:
        yield desk, Session()
    finally:
        desk.close()


@contextmanager
def leaving(app: Workbench) -> Iterator[None]:
    """However the workbench ends, send what it holds and say what was refused."""
    try:
        yield
    finally:
        app.holding.send_at_last()
        for words in app.holding.unsaid:
            click.echo(f"weir: {show(words)}", err=True)


def welcome(where: Path) -> Path | None:
    """Say what a workspace is, and make one; None where the person does not want it.

    Raises what making it raises.
    """
    refuse_inside_a_run("a step of a run can't make a workspace; make it outside")
    from tui.welcome import Welcome, begin

    chosen = Welcome(where, theme=read_personal().theme).run()
    if chosen is None:
        return None
    begin(where, chosen)
    return where


def get_ready(desk: Desk) -> None:
    """The first screen is up: let the desk sit down, so that no key waits for it.

    What stands by now stays, and need not be looked through for garbage again.
    """
    gc.freeze()
    gc.enable()
    threading.Thread(target=lambda: desk.engine, daemon=True).start()
