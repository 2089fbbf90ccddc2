"""How long to wait before the next attempt. Pure: the jitter comes from a digest."""

from __future__ import annotations

from hashlib import sha256

from engine.definition.model import Retry
from engine.machine.state import Failure


def delay(retry: Retry, failures: int, failure: Failure, key: str) -> float:
    """Seconds until the attempt after the `failures + 1`-th failure.

    What the other side asked for (Retry-After) is the least; `max_delay` bounds the
    rest. `jitter` is the share of the delay that varies, from 0 to 1.
    """
    wait = min(retry.max_delay, retry.delay * retry.backoff**failures)
    wait *= 1 - retry.jitter * _share(f"{key}/{failures}")
    return max(wait, failure.retry_after or 0.0)


def _share(key: str) -> float:
    return int.from_bytes(sha256(key.encode()).digest()[:4], "big") / 2**32
