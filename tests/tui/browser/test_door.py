"""At the door of `weir serve`: who is let in, and everyone who is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from engine.errors import CommandRefused, WeirError
from tests.tui.bench import Room
from tui.browser import page
from tui.browser.door import Door
from tui.browser.hearing import MOST_CELLS, echoed, heard
from tui.browser.server import MOST, House, listen, serving
from tui.browser.window import given


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    room = Room(tmp_path / "work")
    room.trust()
    async with serving(room.root, 0, read_only=False, say=print) as found:
        yield found
    room.desk.close()


@pytest.fixture
async def visitor() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


Headers = Mapping[str, str]


def at(house: House, path: str) -> URL:
    """Where the house really is; a name is only what the request says."""
    return URL(f"http://127.0.0.1:{house.door.address.rpartition(':')[2]}{path}")


def token_of(house: House) -> str:
    return house.door.url.partition("?")[2]


async def invited(house: House, visitor: aiohttp.ClientSession) -> dict[str, str]:
    """The headers of one who came in by the token."""
    own = {"Host": house.door.address}
    async with visitor.get(at(house, f"/?{token_of(house)}"), headers=own) as answer:
        assert answer.status == 200
        cookie = answer.cookies["weir"]
    return {**own, "Cookie": f"weir={cookie.value}"}


async def test_the_token_is_turned_into_a_cookie_that_no_script_or_site_has(
    house: House, visitor: aiohttp.ClientSession
) -> None:
    own = {"Host": house.door.address}
    async with visitor.get(at(house, f"/?{token_of(house)}"), headers=own) as answer:
        cookie = answer.cookies["weir"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert not cookie["domain"]
        assert cookie.value not in house.door.url
        assert "url=/" in await answer.text()


async def test_whoever_has_the_cookie_gets_the_page_and_all_it_is_drawn_with(
    house: House, visitor: aiohttp.ClientSession
) -> None:
    headers = await invited(house, visitor)
    for path in ("/", *page.ASSETS):
        async with visitor.get(at(house, path), headers=headers) as answer:
            assert answer.status == 200, path
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"


# Read a row as: what is changed of a right request, and the word of the refusal.
REFUSED: list[tuple[str, Callable[[House], Headers], str]] = [
    ("no cookie", lambda h: {"Cookie": ""}, "whole address"),
    ("a wrong cookie", lambda h: {"Cookie": "weir=guessed"}, "whole address"),
    ("the token as a cookie", lambda h: {"Cookie": f"weir={token_of(h)}"}, "whole"),
    ("a rebound name", lambda h: {"Host": "rebind.example"}, "not the address"),
    ("our port elsewhere", lambda h: {"Host": f"rebind.example:{port(h)}"}, "not the"),
    ("the bare address", lambda h: {"Host": f"127.0.0.1:{port(h)}"}, "not the"),
    ("a name below ours", lambda h: {"Host": f"x.{h.door.address}"}, "not the"),
    ("another port", lambda h: {"Host": h.door.address + "1"}, "not the"),
    ("another site", lambda h: {"Origin": "https://evil.example"}, "another page"),
    ("no site at all", lambda h: {"Origin": "null"}, "another page"),
    ("our name, another port", lambda h: {"Origin": h.door.origin + "1"}, "another"),
    ("our name over TLS", lambda h: {"Origin": f"https://{h.door.address}"}, "another"),
]


def port(house: House) -> str:
    return house.door.address.rpartition(":")[2]


@pytest.mark.parametrize(
    ("changed", "said"),
    [row[1:] for row in REFUSED],
    ids=[row[0] for row in REFUSED],
)
@pytest.mark.parametrize("path", ["/", "/textual.js", "/nothing", "/window"])
async def test_every_request_is_refused_that_is_wrong_in_one_thing(
    house: House,
    visitor: aiohttp.ClientSession,
    path: str,
    changed: Callable[[House], Headers],
    said: str,
) -> None:
    right = {"Origin": house.door.origin, **await invited(house, visitor)}
    headers = {**right, **changed(house)}
    async with visitor.get(at(house, path), headers=headers) as answer:
        assert answer.status == 403
        assert said in await answer.text()
        assert "weir=" not in answer.headers.get("Set-Cookie", "")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await visitor.ws_connect(at(house, "/window"), headers=headers)
    assert refused.value.status == 403
    assert not house.open


@pytest.mark.parametrize(
    "query", ["token=", "token=wrong", "token=%FF", "token=ä", "token=a&token=b"]
)
async def test_a_wrong_token_gets_no_cookie_even_with_a_right_one_beside(
    house: House, visitor: aiohttp.ClientSession, query: str
) -> None:
    own = {"Host": house.door.address}
    for words in (query, f"{query}&{token_of(house)}"):
        async with visitor.get(at(house, f"/?{words}"), headers=own) as answer:
            assert answer.status == 403
            assert "Set-Cookie" not in answer.headers


async def test_the_token_opens_the_page_only_and_not_from_another_name(
    house: House, visitor: aiohttp.ClientSession
) -> None:
    token = token_of(house)
    for path, host in (
        ("/textual.js", house.door.address),
        ("/window", house.door.address),
        ("/", f"rebind.example:{port(house)}"),
    ):
        headers = {"Host": host}
        async with visitor.get(at(house, f"{path}?{token}"), headers=headers) as answer:
            assert answer.status == 403


async def test_a_window_without_an_origin_is_refused(
    house: House, visitor: aiohttp.ClientSession
) -> None:
    headers = await invited(house, visitor)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await visitor.ws_connect(at(house, "/window"), headers=headers)
    assert refused.value.status == 403


async def test_only_so_many_windows_are_open_at_once(
    house: House, visitor: aiohttp.ClientSession
) -> None:
    headers = await invited(house, visitor)
    house.open.update(range(MOST))  # type: ignore[arg-type]
    async with visitor.get(at(house, "/"), headers=headers) as answer:
        assert answer.status == 503
        assert "close one" in await answer.text()
    house.open.clear()


async def test_each_house_has_a_name_a_token_and_a_cookie_of_its_own(
    house: House, visitor: aiohttp.ClientSession, tmp_path: Path
) -> None:
    headers = await invited(house, visitor)
    root = house.desk.workspace.root
    async with serving(root, 0, read_only=True, say=print) as other:
        assert other.door.url != house.door.url
        theirs = {**headers, "Host": other.door.address}
        async with visitor.get(at(other, "/"), headers=theirs) as answer:
            assert answer.status == 403


def test_the_port_that_goes_without_saying_is_not_in_the_address() -> None:
    assert Door(80).address.endswith(".localhost")
    assert Door(81).address.endswith(".localhost:81")


async def test_it_listens_on_this_machine_alone(house: House) -> None:
    for each in listen(0):
        assert each.getsockname()[0] in ("127.0.0.1", "::1")
        each.close()


async def test_a_port_that_is_taken_is_refused_with_the_way_out(house: House) -> None:
    with pytest.raises(WeirError, match="take another with --port"):
        listen(int(port(house)))


async def test_a_step_of_a_run_can_open_no_workbench(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEIR_RUN_ID", "r1")
    with pytest.raises(CommandRefused):
        async with serving(house.desk.workspace.root, 0, read_only=True, say=print):
            pass


# Windows


async def shown(socket: aiohttp.ClientWebSocketResponse, text: str) -> str:
    """What a window has painted when that text is among it."""
    painted = b""
    async with asyncio.timeout(60):
        while text.encode() not in painted:
            painted += await socket.receive_bytes()
    return painted.decode(errors="replace")


async def test_several_windows_show_the_workspace_and_end_with_the_house(
    house: House, visitor: aiohttp.ClientSession
) -> None:
    headers = {"Origin": house.door.origin, **await invited(house, visitor)}
    where = at(house, "/window?width=100&height=30")
    one = await visitor.ws_connect(where, headers=headers)
    two = await visitor.ws_connect(where, headers=headers)
    await shown(one, "billing")
    await shown(two, "billing")
    assert len(house.open) == 2
    await one.close()
    await two.send_str("nonsense")
    await two.send_str('["stdin", "q"]')
    async with asyncio.timeout(60):
        while (await two.receive()).type != aiohttp.WSMsgType.CLOSE:
            pass
    await two.close()


def test_a_workbench_is_given_no_key_and_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("WEIR_STATE", "/state")
    found = given(90, 30)
    assert {"OPENAI_API_KEY", "PYTHONPATH"}.isdisjoint(found)
    assert (found["WEIR_STATE"], found["COLUMNS"]) == ("/state", "90")


@pytest.mark.parametrize(
    "words", ["", "[", "{}", "[]", '["stdin"]', '["stdin", 1]', '["quit"]', "[" * 9999,
              '["resize", {"width": "9", "height": 9}]', '["ping", 1]'],
)  # fmt: skip
def test_what_a_page_says_wrongly_is_not_heard(words: str) -> None:
    assert heard(words) is None
    assert echoed(words) is None


def test_a_window_is_never_larger_than_can_be_painted() -> None:
    packet = heard('["resize", {"width": 99999999, "height": -1}]')
    assert packet is not None
    assert f'"width":{MOST_CELLS},"height":1'.encode() in packet
