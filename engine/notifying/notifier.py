"""Sending what waits to be told, as long as a runner is awake."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from engine.handle import Engine
from engine.notifying.composing import compose
from engine.notifying.outbox import Claim, Outbox
from engine.notifying.sending import Sent, ready, send
from engine.opening import require_texts
from engine.saying import in_words
from engine.workspace import Workspace
from store.errors import StoreError
from store.records import NoticeRecord

PAUSE = 1.0  # seconds between two looks
AGAIN = 60.0  # seconds until a target that nothing can be sent to is tried again
GRACE = 10.0  # seconds that what is being sent gets when the runner goes home


class Notifier:
    """The notices of a workspace. `runner` is who sends; `say` hears what is wrong."""

    def __init__(self, engine: Engine, runner: str, say: Callable[[str], None]) -> None:
        self._engine = engine
        self._outbox = Outbox(engine, runner)
        self._say = say
        self._sending: dict[str, asyncio.Task[None]] = {}  # by target
        self._again: dict[str, float] = {}
        self._of: Workspace | None = None
        self._stopping = asyncio.Event()

    @property
    def needed(self) -> bool:
        """Whether anything waits to be sent, so that a runner must stay."""
        return not self._outbox.is_at_rest

    async def run(self) -> None:
        """Send what waits, until `stop`."""
        while not self._stopping.is_set():
            try:
                await self.look()
            except Exception as error:  # the steps that run need their runner
                self._say(f"the notices: {in_words(error)}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), PAUSE)

    async def stop(self) -> None:
        """Begin nothing more, and give what is being sent a moment."""
        self._stopping.set()
        tasks = [*self._sending.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> None:
        """Look once, and begin to send what is due; no target waits for another."""
        now = self._engine.clock()
        due = await asyncio.to_thread(self._outbox.look, now)
        for target, waiting in due.items():
            if target not in self._sending and self._may_try(target, now):
                self._sending[target] = asyncio.create_task(self._tell(target, waiting))

    def _may_try(self, target: str, now: float) -> bool:
        if self._of is not self._engine.workspace:  # weir.toml says something new
            self._of, self._again = self._engine.workspace, {}
        return not now < self._again.get(target, 0.0) <= now + AGAIN

    async def _tell(self, target: str, waiting: Sequence[NoticeRecord]) -> None:
        try:
            await self._try(target, waiting)
        except StoreError as error:
            self._say(f"what {target} is to be told waits: {error}")
        except Exception as error:  # nothing was claimed: it can't be tried
            await self._hold(target, waiting, in_words(error))
        finally:
            del self._sending[target]

    async def _hold(
        self, target: str, waiting: Sequence[NoticeRecord], why: str
    ) -> None:
        self._again[target] = self._engine.clock() + AGAIN
        try:
            if await asyncio.to_thread(self._outbox.hold, target, waiting, why):
                self._say(f"what {target} is to be told waits: {why}")
        except StoreError as error:
            self._say(f"that {target} can't be told is not kept: {error}")

    async def _try(self, target: str, waiting: Sequence[NoticeRecord]) -> None:
        """Send what waits, once. Raises WeirError where it can't be tried."""
        workspace = self._engine.workspace
        await asyncio.to_thread(require_texts, workspace, {})
        address = await ready(workspace.config, target)
        await asyncio.to_thread(compose, self._engine, waiting)
        claim = await asyncio.to_thread(self._outbox.claim, target, waiting)
        if not claim.notices:
            return  # another runner was quicker, or who has answered
        try:
            words = await asyncio.to_thread(compose, self._engine, claim.notices)
            sent = await send(workspace.config, target, address, words)
        except Exception as error:  # what is claimed has to come to an end
            sent = Sent("unknown", in_words(error))
        await self._keep(target, claim, sent)

    async def _keep(self, target: str, claim: Claim, sent: Sent) -> None:
        """Say what became of it until the store has taken it."""
        if sent.end != "sent":
            self._say(f"a message to {target} was not sent: {sent.why}")
        while True:
            try:
                await asyncio.to_thread(self._outbox.end, claim, sent)
                return
            except StoreError as error:
                self._say(f"what became of a message to {target} is not kept: {error}")
                await asyncio.sleep(PAUSE)
