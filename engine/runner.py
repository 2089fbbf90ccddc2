"""The process that performs attempts: takes ready steps, does them, reports.

Nothing here decides anything. A report that is refused came late and is dropped; a
report the store could not take is tried again, because the work has been done.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from engine.awaiting import Awaiting
from engine.bridge import Bridge
from engine.computing import Computing, taken
from engine.dispatch import Dispatch, Place
from engine.errors import CommandRefused, NotTogether
from engine.handle import Engine
from engine.heeding import Heeding
from engine.ids import new_id
from engine.lost import this_runner
from engine.machine import commands as c
from engine.machine.state import Failure, RunState
from engine.performing import Performing, Report
from engine.pulse import Pulse, StoreReplaced
from engine.quiet import forget_ended, keep_index, keep_log, pack_ended
from engine.runlog import RunLog
from engine.saying import in_words, say
from engine.secrets import Secrets
from store import runners
from store.database import StoreError
from store.writing import Batch

BEAT = 5.0  # seconds between heartbeats
IDLE = 900.0  # seconds without work, timers or news after which it goes home
LOOK = 30.0  # a clock may jump and a laptop sleep: timers are looked at this often
PAUSE = 0.02  # the least between two looks for work, so that commits come together
AHEAD = 100  # ready steps that are known before there is room for them
STOPPED = "its runner was stopped"
GRACE = 10.0  # seconds that running steps get when it is told to stop


class Runner:
    """Performs the steps of one workspace until it is told to stop, or has no more."""

    def __init__(
        self,
        engine: Engine,
        dispatch: Dispatch,
        idle: float = IDLE,
        needed: Callable[[], bool] = lambda: False,
    ) -> None:
        self.engine = engine
        self.dispatch = dispatch
        self.idle = idle
        self._needed = needed  # by something that may bring it work
        self.grace = GRACE
        self.record = this_runner(new_id("w"), engine.clock())
        self.log = RunLog(engine)
        self._pulse = Pulse(engine, self.record)
        self._tasks: dict[Place, asyncio.Task[None]] = {}
        self._idle = asyncio.Event()  # set while there are none
        self._idle.set()
        self._lately: set[Place] = set()  # at work since it was looked what is ready
        self._next: deque[Place] = deque()  # ready when last looked, for want of room
        self._performing: dict[Place, int] = {}  # -> attempt, while the work goes on
        secrets = Secrets(engine)
        self._attempts = Performing(engine, secrets, self.log, self.id, self._takes)
        self.computing = Computing(engine, secrets, self.id, self._takes)
        self.awaiting = Awaiting(engine, self._handle, say)
        self._bridge: Bridge | None = None
        self._news = asyncio.Event()
        self._stopping = False
        self._over = False  # the grace has passed: nothing is begun any more
        self.told = False  # by someone, to stop
        self._hurry = asyncio.Event()
        self._due: float | None = None  # when the next timer comes
        self._heeding = Heeding(engine, say)
        self._busy_at = engine.clock()

    @property
    def id(self) -> str:
        return self.record.id

    def stop(self) -> None:
        """Take nothing more; `run` returns when what is running has ended.

        Told a second time, it waits for nothing: what runs is ended at once.
        """
        if self.told:
            self._hurry.set()
        self.told = self._stopping = True
        self._news.set()

    async def run(self) -> None:
        """Work until there is none, or until `stop`."""
        beside = [
            asyncio.create_task(self._for_ever(self._hear)),
            asyncio.create_task(self._beat()),
            asyncio.create_task(self._for_ever(self.awaiting.look_at_files)),
            asyncio.create_task(keep_log(self.engine.database)),
            asyncio.create_task(forget_ended(self.engine.database)),
            asyncio.create_task(
                keep_index(self.engine.database, lambda: bool(self._tasks))
            ),
            asyncio.create_task(
                pack_ended(
                    self.engine.database, lambda: bool(self._tasks), self.engine.clock
                )
            ),
        ]
        try:
            while not self._stopping and not self._may_go_home():
                await self._guarded(self._turn())
                await self._until_news()
            await self._wind_down()
        finally:
            self.awaiting.close()
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            self.log.flush()
            await self._guarded(
                asyncio.to_thread(
                    runners.end, self.engine.database, self.id, self.engine.clock()
                )
            )

    async def _turn(self) -> None:
        """Look once at everything that could go on."""
        if not self._pulse.known:
            return  # to the others, what an unknown runner has taken is lost
        await self._stop_what_ended()
        ready = await self._look()
        now = self.engine.clock()
        if self._due is not None and self._due <= now:
            again = now + await self._fire_timers(now)
            ready = await self._look()
            self._due = max(self._due, again) if self._due is not None else None
        # What was at work meanwhile may have been read as it was before.
        self._next.extend(place for place in ready if place not in self._lately)
        await self._begin_next()
        await self.awaiting.look()

    async def _look(self) -> Sequence[Place]:
        """Learn what is ready, and when the next timer comes."""
        self._next.clear()
        self._lately = {*self._tasks}
        found = await self.dispatch.look(max(0, self._room()) + AHEAD)
        self._due = found.next_due
        return found.ready

    def _room(self) -> int:
        return self.engine.workspace.config.limits.steps - len(self._tasks)

    async def _begin_next(self) -> None:
        """Begin what is known to be ready, as far as there is room."""
        # After asking: what became ready after a change is done as the change says.
        await self._heeding.look()
        while self._next and self._room() > 0 and not self._stopping:
            place = self._next.popleft()
            if place not in self._tasks:
                self._begin(place)

    async def _fire_timers(self, now: float) -> float:
        """Let what is due go off; the seconds until what is left may be tried again."""
        due = await self.dispatch.due(now)
        # Together: a thousand that come at one time are a few commits.
        fired = await asyncio.gather(*(self._fire(place) for place in due))
        return PAUSE if all(fired) else 1.0

    async def _fire(self, place: Place) -> bool:
        """Let a timer go off; False when its run can't go on."""
        try:
            await self._handle(place.run, c.FireTimer(place.path))
        except CommandRefused:
            pass  # someone was quicker
        except StoreError:
            raise
        except Exception as error:  # one run that can't go on holds up no other
            whose = f"{place.path} of {place.run}" if place.path else place.run
            say(f"the timer of {whose}: {in_words(error)}")
            return False
        return True

    async def _until_news(self) -> None:
        await self._pause()
        wait = min(LOOK, self.idle)
        if self._due is not None:
            wait = min(wait, max(0.0, self._due - self.engine.clock()))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), wait)
        self._news.clear()

    async def _pause(self) -> None:
        """Let commits come together; whoever does nothing keeps nobody waiting."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                await self._idle.wait()

    def _may_go_home(self) -> bool:
        now = self.engine.clock()
        if self._tasks or self._due is not None or self._needed():
            self._busy_at = now
        return now - self._busy_at >= self.idle

    async def _for_ever(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self._guarded(work())

    async def _hear(self) -> None:
        async for _ in self.dispatch.news():
            self._news.set()
            await self._pause()

    async def _beat(self) -> None:
        while True:
            await self._guarded(self._say_alive())
            await asyncio.sleep(BEAT)

    async def _say_alive(self) -> None:
        known = self._pulse.known
        try:
            lost = await asyncio.to_thread(self._pulse.beat)
        except StoreReplaced as replaced:
            say(str(replaced))
            self.stop()
            return
        if not known:
            self._news.set()
        await self._heeding.look_again()
        for run, report in lost:
            with contextlib.suppress(CommandRefused):  # another runner was quicker
                await self._handle(run, report)

    async def _stop_what_ended(self) -> None:
        """Reach the work of steps that were cancelled, or given to someone else."""
        performing = dict(self._performing)
        if not performing:
            return
        ours = {
            (Place(row.run, row.path), row.attempt)
            for row in await self.dispatch.running()
            if row.runner == self.id
        }
        for place, attempt in performing.items():
            still = self._performing.get(place) == attempt
            if still and (place, attempt) not in ours:
                self._tasks[place].cancel()

    def _begin(self, place: Place) -> None:
        task = asyncio.create_task(self._chain(place))
        self._tasks[place] = task
        self._lately.add(place)
        self._idle.clear()
        self._busy_at = self.engine.clock()

    async def _chain(self, place: Place) -> None:
        """Take a step, and then each one that becomes ready by its end."""
        here: Place | None = place
        try:
            start = c.StartAttempt(place.path, self.id)
            state: RunState | None = await self._compute(place.run, start)
            while state is not None:
                path = taken(state, self.id)
                there = Place(place.run, path) if path else None
                self._move(here, there)
                here = there
                state = await self._attempt(state, here) if here else None
        except CommandRefused as refusal:
            # Taken by another runner, cancelled, or the report came late.
            say(str(refusal))
            await asyncio.sleep(PAUSE)
        except Exception as error:  # one run that can't go on holds up no other
            say(
                f"{here.path if here else place.path} of {place.run}: {in_words(error)}"
            )
            await asyncio.sleep(1.0)
        finally:
            self._move(here, None)
            self._news.set()
            await self._begin_next()

    def _move(self, here: Place | None, there: Place | None) -> None:
        """This task's work is now there. What another has taken over stays its own."""
        task = asyncio.current_task()
        if here is not None and self._tasks.get(here) is task:
            del self._tasks[here]
        if there is not None and task is not None:
            self._tasks[there] = task
        if not self._tasks:
            self._idle.set()

    def _takes(self) -> str:
        return "" if self._stopping else self.id

    async def _attempt(self, state: RunState, place: Place) -> RunState | None:
        """Do the work and report it. None when the work was stopped from outside."""
        step = state.steps[place.path]
        attempt = step.attempt
        report: Report
        try:
            report = await self._perform(state, place, attempt)
        except asyncio.CancelledError:
            if not self._stopping:
                return None  # the step was cancelled; nobody waits for our word
            report = c.ReportLost(place.path, attempt, self.id, STOPPED)
        finally:
            self._performing.pop(place, None)
            self.log.flush()
        return await self._report(place.run, report)

    async def _perform(self, state: RunState, place: Place, attempt: int) -> Report:
        if self._over:
            return c.ReportLost(place.path, attempt, self.id, STOPPED)
        self._performing[place] = attempt
        return await self._attempts.report(state, place, attempt)

    async def _report(self, run: str, report: Report) -> RunState:
        """Report until the store has taken it: what was done must not be lost."""
        wait, unkept = 0.1, False
        while True:
            try:
                return await self._compute(run, report)
            except StoreError as error:
                if self._stopping:
                    raise  # the next runner finds the attempt lost, and asks
                say(f"report of {run} not kept yet: {error}")
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)
            except CommandRefused:
                raise
            except Exception as error:
                if unkept:
                    raise
                report, unkept = self._instead(report, in_words(error)), True

    def _instead(self, report: Report, why: str) -> Report:
        """For a report that the history can't hold: one in words that it can.

        What was done may have happened all the same, so it is not said to have failed.
        """
        path, attempt = report.path, report.attempt
        if isinstance(report, c.ReportFailure):
            failure = Failure("internal", why, retryable=False)
            return c.ReportFailure(path, attempt, self.id, failure, report.usage)
        return c.ReportLost(path, attempt, self.id, why)

    async def _compute(self, run: str, command: c.Command) -> RunState:
        """Apply a command, with the steps after it that only compute."""
        whole, following = self.engine.whole, self.computing.following
        try:
            return await self._done(
                lambda batch: whole(batch, run, command, following())
            )
        except NotTogether as error:  # its report has to be kept all the same
            say(f"what follows in {run}: {error}")
            return await self._handle(run, command)

    async def _handle(self, run: str, command: c.Command) -> RunState:
        return await self._done(lambda batch: self.engine.whole(batch, run, command))

    async def _done(self, work: Callable[[Batch], RunState]) -> RunState:
        if self._bridge is None:
            self._bridge = Bridge(self.engine.database.writer)
        return await self._bridge.done(work)

    async def _wind_down(self) -> None:
        """Give running steps a moment, then stop them and say so."""
        self._stopping = True
        tasks = list(self._tasks.values())
        if not tasks:
            return
        ended = asyncio.gather(*tasks, return_exceptions=True)
        hurried = asyncio.create_task(self._hurry.wait())
        ended.add_done_callback(lambda _: hurried.cancel())
        await asyncio.wait([hurried], timeout=self.grace)
        hurried.cancel()
        self._over = True
        for place in list(self._performing):  # the others are only reporting
            self._tasks[place].cancel()
        await ended

    async def _guarded(self, work: Awaitable[None]) -> None:
        """A full store, or whatever it is: the steps that run need their runner."""
        try:
            await work
        except Exception as error:
            say(in_words(error))
            await asyncio.sleep(1.0)
