"""One HTTP request to an address that was looked at first.

The name is resolved here, every address it has is checked, and the connection goes to
one of those: a name that answers differently the second time changes nothing.
A redirect is an answer. Neither proxies nor credentials come from the environment.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import time
from collections.abc import Collection, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from engine import __version__
from engine.errors import WeirError

if TYPE_CHECKING:
    import httpx2  # imported where a request is made: it costs 0.1 s

MB = 1024 * 1024
MAX_BODY = 5 * MB
PATIENCE = 600.0  # seconds for all of it, however steadily the bytes drip
# The connection's own, written by what speaks the protocol.
RESERVED = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}
)
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Ways to spell an IPv4 address inside an IPv6 one that `is_global` takes for public.
EMBEDDING = tuple(
    ipaddress.IPv6Network(network)
    for network in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)


class Call(Struct, frozen=True):
    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    private: bool = False  # whether an address that isn't public will do


class Reply(Struct, frozen=True):
    """An answer, whatever its status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        found = re.search(
            r"charset=\"?([\w.:-]+)", self.headers.get("content-type", "")
        )
        try:
            return self.body.decode(found[1] if found else "utf-8", "replace")
        except LookupError:  # a charset nobody knows
            return self.body.decode("utf-8", "replace")

    @property
    def is_json(self) -> bool:
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == "application/json" or kind.endswith("+json")

    @property
    def may_pass(self) -> bool:
        """Whether what its status says may be over in a moment."""
        return self.status >= 500 or self.status in (408, 425, 429)

    @property
    def retry_after(self) -> float | None:
        """Seconds until another attempt is welcome, where the other side says so."""
        said = self.headers.get("retry-after", "")
        if said.isascii() and said.isdigit():
            return float(said)
        try:
            return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
        except ValueError:
            return None


class CallRefused(WeirError):
    """The request is not one that is made from here: another attempt is no use."""


class CallFailed(WeirError):
    """Nobody answered, or not to the end. Another attempt may help."""


async def fetch(call: Call) -> Reply:
    """Make the request and read the answer. Raises CallRefused, CallFailed."""
    import httpx2

    url = parse_url(call.url)
    check_headers(call.headers)
    port = url.port or (443 if url.scheme == "https" else 80)
    addresses = await resolve(url.raw_host.decode(), port, call.private)
    try:
        async with asyncio.timeout(PATIENCE):
            return await ask_each(url, addresses, call)
    except (httpx2.TimeoutException, TimeoutError) as error:
        raise CallFailed(f"{url.host} took too long to answer") from error
    except httpx2.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise CallFailed(f"{url.host}:{port}: {reason}") from error


async def ask_each(url: httpx2.URL, addresses: list[str], call: Call) -> Reply:
    """Ask the first address that can be reached; a name may have some that can't."""
    import httpx2

    transport = httpx2.AsyncHTTPTransport(trust_env=False)
    timeout = httpx2.Timeout(60.0, connect=10.0)
    async with httpx2.AsyncClient(
        transport=transport, trust_env=False, timeout=timeout
    ) as client:
        for address in addresses[:-1]:
            try:
                return await ask(client, url, address, call)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await ask(client, url, addresses[-1], call)


async def ask(
    client: httpx2.AsyncClient, url: httpx2.URL, address: str, call: Call
) -> Reply:
    """Send the request to one address, under the name it was resolved from."""
    headers = client.headers.copy()
    headers["User-Agent"] = f"weir/{__version__}"
    headers.update(call.headers)
    headers["Accept-Encoding"] = "identity"  # a few bytes can't unpack into gigabytes
    headers["Host"] = url.netloc.decode()
    request = client.build_request(
        call.method,
        url.copy_with(host=address, fragment=None),
        headers=headers,
        content=call.body or None,
        extensions={"sni_hostname": url.raw_host.decode()},
    )
    response = await client.send(request, stream=True, follow_redirects=False)
    try:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise CallRefused(
                f"{url.host} answered compressed, which was not asked for"
            )
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > MAX_BODY:
                raise CallRefused(f"{url.host} answered more than {MAX_BODY // MB} MB")
        return Reply(response.status_code, dict(response.headers), bytes(body))
    finally:
        await response.aclose()


def parse_url(text: str) -> httpx2.URL:
    import httpx2

    try:
        url = httpx2.URL(text.strip())
    except httpx2.InvalidURL as error:
        raise CallRefused(f"not an address: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise CallRefused("an address begins with https:// or http:// and names a host")
    if url.port is not None and not 0 < url.port < 65536:
        raise CallRefused(f"there is no port {url.port}")
    if url.userinfo:
        raise CallRefused("no user or password in an address; send a header instead")
    return url


def is_listed(url: str, hosts: Collection[str]) -> bool:
    """Whether an address is on one of these hosts, named with or without a port."""
    parsed = parse_url(url)
    listed = {host.lower() for host in hosts}
    return parsed.host in listed or parsed.netloc.decode() in listed


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse what would say more than one header, or speak for the connection."""
    for name, value in headers.items():
        if not TOKEN.fullmatch(name):
            raise CallRefused(f"{name!r} is no name for a header")
        if name.lower() in RESERVED:
            raise CallRefused(f"the header {name} is written by Weir; leave it out")
        if any((ord(c) < 32 and c != "\t") or ord(c) == 127 for c in value):
            raise CallRefused(
                f"the header {name} has a line break or control character"
            )
        if not value.isascii():
            raise CallRefused(f"the header {name} has a character that is not ASCII")


async def resolve(host: str, port: int, private: bool) -> list[str]:
    """The addresses of a host, all of them public unless `private` ones will do."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise CallFailed(f"there is no host {host}, or no way to ask") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    refused = [a for a in addresses if not private and not is_public(a)]
    if refused:
        raise CallRefused(
            f"{host} is {refused[0]}, which is not a public address; "
            "list the host in weir.toml: [http] hosts"
        )
    return addresses


def is_public(address: str) -> bool:
    """Whether an address is one of the Internet's, and no spelling of another."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.is_site_local or any(ip in network for network in EMBEDDING):
            return False
    return ip.is_global and not ip.is_multicast
