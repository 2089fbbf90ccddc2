"""Following the redirects of a request, no further than it was told to.

Each target is looked at like the first address: that the first may be a private one
says nothing of where it sends us. What a request carries to the first host, keys and
cookies among it, is not for another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from urllib.parse import urljoin

from msgspec.structs import replace

from engine.web import (
    PATIENCE,
    Call,
    CallFailed,
    CallRefused,
    Reply,
    fetch,
    is_listed,
    parse_url,
)

FOLLOWED = frozenset({301, 302, 303, 307, 308})
HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
CARRIED = frozenset({"accept", "accept-language", "user-agent"})  # to any host
OF_A_BODY = frozenset({"content-type", "idempotency-key"})

Moved = Callable[[Reply, str], None]


async def follow(call: Call, most: int, hosts: Collection[str], moved: Moved) -> Reply:
    """The answer at the end of at most so many redirects; `moved` hears of each.

    After the last it may be one more redirect. `hosts` may be private addresses. Raises
    CallRefused, CallFailed.
    """
    asked = call
    try:
        async with asyncio.timeout(PATIENCE):
            for _ in range(most):
                reply = await fetch(asked)
                target = target_of(asked, reply)
                if target is None:
                    return reply
                asked = redirected(call, asked, reply.status, target, hosts)
                moved(reply, target)
            return await fetch(asked)
    except TimeoutError as error:
        host = parse_url(asked.url).host
        raise CallFailed(f"{host} took too long to answer") from error


def target_of(call: Call, reply: Reply) -> str | None:
    """Where an answer sends us on to, as a whole address; None when it does not."""
    told = reply.headers.get("location", "").strip()
    if reply.status not in FOLLOWED or not told:
        return None
    try:
        return urljoin(call.url, told)
    except ValueError as error:
        raise CallRefused(f"the redirect leads to no address: {error}") from error


def redirected(
    first: Call, call: Call, status: int, target: str, hosts: Collection[str]
) -> Call:
    """The request after a redirect. Raises CallRefused for one that is not made."""
    there = parse_url(target)
    if parse_url(call.url).scheme == "https" and there.scheme != "https":
        raise CallRefused(
            f"a redirect leads from https to http, to {there.host}; name that address"
        )
    after = replace(
        call,
        url=target,
        private=is_listed(target, hosts)
        or (first.private and is_same_place(first.url, target)),
    )
    if (status == 303 and call.method != "HEAD") or (
        status in (301, 302) and call.method == "POST"
    ):
        after = replace(after, method="GET", body=b"", headers=without(after.headers))
    if is_same_place(call.url, target):
        return after
    if after.method not in HARMLESS or after.body:
        raise CallRefused(
            f"a redirect takes the {after.method} to another host, {there.host}, which"
            " only a request without a body is carried to; name that address"
        )
    carried = {n: v for n, v in after.headers.items() if n.lower() in CARRIED}
    return replace(after, headers=carried)


def without(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a request that no longer has a body."""
    return {n: v for n, v in headers.items() if n.lower() not in OF_A_BODY}


def is_same_place(one: str, other: str) -> bool:
    """Whether two addresses have host and port in common, or the second adds TLS."""
    here, there = parse_url(one), parse_url(other)
    if here.host != there.host:
        return False
    added = (here.scheme, there.scheme) == ("http", "https")
    if added and here.port is None and there.port is None:
        return True
    return (here.scheme, here.port) == (there.scheme, there.port)
