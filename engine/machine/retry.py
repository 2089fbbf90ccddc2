"""Whether another attempt follows, and after how long.

Pure: the jitter comes from a digest.
"""

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


def is_tried_again(retry: Retry, failure: Failure) -> bool:
    """Whether a failure is one that another attempt may follow."""
    if retry.on is None:
        return failure.retryable
    return any(_names(word, failure) for word in retry.on)


def _names(word: str, failure: Failure) -> bool:
    """Whether a word is the failure's kind or sign; an `x` stands for any digit."""
    if word == failure.kind:
        return True
    return len(word) == len(failure.sign) and all(
        asked in (said, "x") for asked, said in zip(word, failure.sign, strict=True)
    )


def _share(key: str) -> float:
    return int.from_bytes(sha256(key.encode()).digest()[:4], "big") / 2**32
