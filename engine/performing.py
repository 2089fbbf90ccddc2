"""Performing one attempt: from the state of a run to the report of what came of it."""

from __future__ import annotations

from collections.abc import Callable

from engine.attempt import failure_of, limit_of, work_of
from engine.dispatch import Place
from engine.handle import Engine
from engine.ids import new_id
from engine.limits import Turns, within
from engine.lost import remember_process
from engine.machine import commands as c
from engine.machine.state import RunState
from engine.runlog import RunLog
from engine.secrets import Secrets
from engine.steps import perform
from engine.steps.work import Asks, Begins, Done, Outcome, Waits
from store.database import DatabaseBusy, DiskFull, ReadOnlyDatabase

# What may come of an attempt.
Report = (
    c.ReportSuccess
    | c.ReportFailure
    | c.ReportLost
    | c.RequestApproval
    | c.BeginWait
    | c.BeginChild
)


class Performing:
    """The attempts of a runner. `takes` says who takes the next step, "" for nobody."""

    def __init__(
        self,
        engine: Engine,
        secrets: Secrets,
        log: RunLog,
        runner: str,
        takes: Callable[[], str],
    ) -> None:
        self._engine = engine
        self._log = log
        self._runner = runner
        self._takes = takes
        self._turns = Turns(engine)
        self._secrets = secrets

    async def report(self, state: RunState, place: Place, attempt: int) -> Report:
        """Do the work of an attempt, and say what came of it. No secret is in that."""
        known = await self._secrets.known()
        log = known.redaction.log(self._log.writer(place.run, place.path, attempt))
        asked: str | None = None  # the provider, while something is asked of one
        try:
            began = remember_process(self._engine.database, place, attempt)
            work = work_of(self._engine, state, place.path, log, began, known)
            asked = limit_of(work)
            async with self._turns.at(asked, log), within(work.step.timeout):
                outcome = await perform(work, self._engine.clock())
        except (DiskFull, DatabaseBusy, ReadOnlyDatabase) as error:
            # In the middle of the work, and nobody's failure.
            return c.ReportLost(place.path, attempt, self._runner, str(error))
        except Exception as error:
            failure, usage = failure_of(error, self._engine, state, place.path)
            failure = known.redaction.failure(failure)
            self._turns.answered(asked, usage, failure.retry_after)
            log("info", f"failed: {failure.message}\n")
            return c.ReportFailure(place.path, attempt, self._runner, failure, usage)
        finally:
            log.end()
        used = outcome.usage if isinstance(outcome, Done) else None
        self._turns.answered(asked, used, None)
        outcome = known.redaction.outcome(outcome)
        return report_of(outcome, place.path, attempt, self._runner, self._takes())


def report_of(
    outcome: Outcome, path: str, attempt: int, runner: str, takes: str
) -> Report:
    """`takes` is the runner that takes the next step, "" for nobody."""
    match outcome:
        case Done():
            return c.ReportSuccess(
                path,
                attempt,
                runner,
                outcome.output,
                outcome.artifact,
                outcome.usage,
                takes,
                outcome.code,
                outcome.asked,
                outcome.earlier,
            )
        case Asks(request, digest, offer):
            approval = new_id("a")
            return c.RequestApproval(
                path, attempt, runner, approval, request, digest, offer
            )
        case Waits(until, awaits):
            return c.BeginWait(path, attempt, runner, until, awaits)
        case Begins(inputs):
            return c.BeginChild(path, attempt, runner, new_id("r"), inputs)
