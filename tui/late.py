"""A desk that is made when something is first asked of it: to look asks nothing.

What follows from a request (`engine/machine` and all that it stands on) takes a third
as long to load as everything that is needed to show the runs.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.opening import open_store
from engine.people import current_actor
from engine.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from engine.desk import Desk


VIA = "workbench"


class LateDesk:
    """Stands where a Desk is wanted. The workspace and its store are open at once.

    `wakes`: as of a Desk. Raises InvalidWorkspace and StoreError.
    """

    def __init__(self, root: Path, *, wakes: bool) -> None:
        self._workspace = open_workspace(root)
        self.database = open_store(self._workspace)
        self.who = current_actor(self._workspace, VIA)
        self._wakes = wakes
        self._desk: Desk | None = None
        self._lock = threading.Lock()

    @property
    def workspace(self) -> Workspace:
        return self._desk.workspace if self._desk else self._workspace

    @property
    def desk(self) -> Desk:
        """One, whichever thread asks first: the others wait until it is loaded."""
        with self._lock:
            if self._desk is None:
                self._desk = self._sit_down()
            return self._desk

    def _sit_down(self) -> Desk:
        from engine.desk import Desk

        desk = Desk.at(self._workspace, self.database, via=VIA)
        desk.wakes = self._wakes
        return desk

    def __getattr__(self, name: str) -> Any:
        return getattr(self.desk, name)
