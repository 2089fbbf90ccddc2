"""A desk for those who only look: nothing that is asked of it wakes a runner."""

from __future__ import annotations

from engine.desk import Desk


class LookingDesk(Desk):
    """What is asked waits until someone starts a runner."""

    def wake(self) -> None:
        return
