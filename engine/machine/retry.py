"""How long to wait before the next attempt. Pure: the jitter comes from a digest."""

from __future__ import annotations

from hashlib import sha256

from engine.definition.model import Retry
from engine.machine.state import Failure

# A server that asks for more, or for ever, does not get to hold a run that long.
MOST_ASKED = 86_400.0


def delay(retry: Retry, failures: int, failure: Failure, key: str) -> float:
    """Seconds until the attempt after the `failures + 1`-th failure.

    What the other side asked for (Retry-After) is the least, up to a day; `max_delay`
    bounds the rest. `jitter` is the share of the delay that varies, from 0 to 1.
    """
    try:
        wait = min(retry.max_delay, retry.delay * retry.backoff**failures)
    except OverflowError:
        wait = retry.max_delay
    wait *= 1 - retry.jitter * _share(f"{key}/{failures}")
    return max(wait, min(failure.retry_after or 0.0, MOST_ASKED))


def _share(key: str) -> float:
    return int.from_bytes(sha256(key.encode()).digest()[:4], "big") / 2**32
