"""A request goes to an address that was looked at, and its answer is bounded."""

from __future__ import annotations

import gzip
import socket
import time
from email.utils import formatdate
from typing import Any

import pytest

from engine import web
from engine.web import Call, CallFailed, CallRefused, Reply, fetch, is_public

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "0.0.0.0",
    "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1",
    "::", "::1", "fe80::1", "fe80::1%lo", "fc00::1", "fd00::1", "fec0::1", "ff02::1",
    "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_told(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_told(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "0x7f.1", "2130706433", "127.1", "[::1]", "0"]
)
async def test_no_spelling_of_loopback_is_reached(server: Any, host: str) -> None:
    with pytest.raises(CallRefused, match="not a public address"):
        await fetch(Call("GET", f"http://{host}:{server.port}/"))
    assert server.seen == []


async def test_the_answer_is_read_when_the_address_is_allowed(server: Any) -> None:
    server.answer("/a?b=1", b"hello", Content_Type="text/plain")
    call = Call("PUT", f"{server.url}/a?b=1#part", {"X": "1"}, b"sent", private=True)
    reply = await fetch(call)
    assert (reply.status, reply.text) == (200, "hello")
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.body) == ("PUT", "/a?b=1", b"sent")
    assert seen.headers["host"] == f"127.0.0.1:{server.port}"
    assert seen.headers["x"] == "1"
    assert seen.headers["user-agent"].startswith("weir/")


async def test_a_name_that_answers_differently_the_second_time_changes_nothing(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resolver says a public address once, then loopback: rebinding."""
    answers = ["192.0.2.7", "127.0.0.1"]
    asked: list[str] = []

    def getaddrinfo(host: Any, port: Any, *rest: Any, **more: Any) -> list[Any]:
        asked.append(host if isinstance(host, str) else host.decode())
        ip = host if host == "192.0.2.7" else answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(web, "is_public", lambda address: address == "192.0.2.7")
    connected: list[Any] = []

    def connect(self: socket.socket, address: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(CallFailed):
        await fetch(Call("GET", f"http://rebind.example:{server.port}/"))
    assert connected == [("192.0.2.7", server.port)]
    assert asked.count("rebind.example") == 1
    assert server.seen == []


async def test_proxies_of_the_environment_are_not_used(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.answer("/", b"direct")
    assert (await fetch(Call("GET", server.url, private=True))).text == "direct"


async def test_redirects_are_answers(server: Any) -> None:
    server.answer("/", b"", 302, Location=f"{server.url}/secret")
    reply = await fetch(Call("GET", server.url, private=True))
    assert (reply.status, len(server.seen)) == (302, 1)


async def test_a_body_beyond_the_limit_is_refused(server: Any) -> None:
    server.answer("/", b"x" * (web.MAX_BODY + 1))
    with pytest.raises(CallRefused, match="more than 5 MB"):
        await fetch(Call("GET", server.url, private=True))


async def test_a_packed_answer_is_refused_before_it_is_unpacked(server: Any) -> None:
    server.answer("/", gzip.compress(b"x" * 10_000_000), Content_Encoding="gzip")
    with pytest.raises(CallRefused, match="compressed"):
        await fetch(Call("GET", server.url, private=True))
    assert server.seen[0].headers["accept-encoding"] == "identity"


HEADERS = {
    "X\r\nEvil": "a",
    "X Y": "a",
    "": "a",
    "Host": "evil.example",
    "content-length": "3",
    "X": "a\r\nEvil: yes",
    "Y": "a\nb",
    "Z": "a\0b",
    "U": "grün",
}


@pytest.mark.parametrize(("name", "value"), HEADERS.items())
async def test_a_header_that_says_more_than_one_thing_is_refused(
    server: Any, name: str, value: str
) -> None:
    with pytest.raises(CallRefused, match="header"):
        await fetch(Call("GET", server.url, {name: value}, private=True))
    assert server.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.com/", "gopher://x/", "example.com", "",
        "http://", "http://a\nb/", "http://u:p@example.com/", "http://[::1", "//x/",
        "http://x:99999/", "http://" + "a" * 70_000,
    ],
)  # fmt: skip
async def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(CallRefused) as refused:
        await fetch(Call("GET", url, private=True))
    assert "\n" not in str(refused.value)


async def test_nobody_there_may_be_tried_again() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        with pytest.raises(CallFailed, match=f"127.0.0.1:{port}"):
            await fetch(Call("GET", f"http://127.0.0.1:{port}/", private=True))


async def test_a_name_that_nobody_has_may_be_tried_again() -> None:
    with pytest.raises(CallFailed, match=r"there is no host nowhere\.invalid"):
        await fetch(Call("GET", "http://nowhere.invalid/"))


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain; charset=latin-1", b"gr\xfcn", "grün"),
        ("text/plain", "grün".encode(), "grün"),
        ("text/plain; charset=klingon", b"x\xff", "x\ufffd"),
    ],
)
def test_text_is_read_in_its_charset(kind: str, body: bytes, text: str) -> None:
    assert Reply(200, {"content-type": kind}, body).text == text


def test_when_to_try_again_is_seconds_or_a_date() -> None:
    def after(said: str) -> float | None:
        return Reply(429, {"retry-after": said}, b"").retry_after

    assert after("7") == 7.0
    assert after("soon") is None
    assert after("") is None
    assert after(formatdate(0)) == 0.0
    later = after(formatdate(time.time() + 100))
    assert later is not None
    assert 0 < later <= 100
