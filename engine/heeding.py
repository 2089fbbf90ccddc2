"""Going by weir.toml as it stands now, in a runner that is awake when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.errors import WeirError
from engine.files import look_of
from engine.handle import Engine
from engine.opening import require_texts
from engine.workspace import CONFIG, open_workspace


class Heeding:
    """Keeps an engine's workspace at what the file says; `say` hears why it is not."""

    def __init__(self, engine: Engine, say: Callable[[str], None]) -> None:
        self._engine = engine
        self._say = say
        self._file = engine.workspace.root / CONFIG
        self._look = look_of(self._file)
        self._not_heeded = ""  # why the file is not gone by

    async def look(self) -> None:
        """Heed the file if it has changed."""
        if look_of(self._file) != self._look:
            await asyncio.to_thread(self._heed)

    async def look_again(self) -> None:
        """Heed what was refused: it may have been trusted, or mended, meanwhile."""
        if self._not_heeded:
            await asyncio.to_thread(self._heed)

    def _heed(self) -> None:
        """Go by the file as it stands, if it is sound and may be gone by."""
        self._look = look_of(self._file)
        try:
            workspace = open_workspace(self._engine.workspace.root)
            require_texts(workspace, {})
        except WeirError as error:
            if str(error) != self._not_heeded:
                self._say(f"going on with the weir.toml of before: {error}")
            self._not_heeded = str(error)
        else:
            self._not_heeded = ""
            self._engine.workspace = workspace
