"""An http step makes one request and leaves its answer, or a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.definition.kinds import Http
from engine.definition.model import Step
from engine.definition.typed import Field
from engine.machine.state import Failure
from engine.redirects import is_same_place, redirected
from engine.steps import StepFailed, perform
from engine.web import Call, CallRefused
from engine.workspace import Config, HttpConfig


def step(do: Http, **more: Any) -> Step:
    return Step(id="send", kind="http", do=do, **more)


async def output(work: Any) -> Any:
    return (await perform(work, 0.0)).output


async def failure(work: Any) -> Failure:
    with pytest.raises(StepFailed) as caught:
        await perform(work, 0.0)
    assert caught.value.failure.kind in ("http", "output")
    return caught.value.failure


def local(server: Any, path: str = "/", **more: Any) -> Http:
    return Http(url=server.url + path, allow_private=True, **more)


async def test_json_is_sent_and_read(make_work: Any, server: Any) -> None:
    server.answer("/v1?id=a%20b", b'{"ok": [1]}', 201, Content_Type="application/json")
    do = Http(
        url=server.url + "/v1?id={{ inputs.id | urlencode }}",
        method="post",
        headers={"Authorization": "Bearer {{ inputs.key }}"},
        json={"n": "{{ inputs.n }}", "s": "n={{ inputs.n }}"},
        allow_private=True,
    )
    work = make_work(step(do), {"inputs": {"id": "a b", "key": "k", "n": 5}})
    said = await output(work)
    assert (said["status"], said["json"]) == (201, {"ok": [1]})
    assert said["headers"]["content-type"] == "application/json"
    (seen,) = server.seen
    assert (seen.method, json.loads(seen.body)) == ("POST", {"n": 5, "s": "n=5"})
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["authorization"] == "Bearer k"


async def test_attempts_of_a_step_share_a_key(make_work: Any, server: Any) -> None:
    server.answer("/", b"")
    for attempt in (1, 2):
        work = make_work(
            step(local(server, method="PUT")), attempt=attempt, path="send#2"
        )
        await perform(work, 0.0)
    keys = [seen.headers["idempotency-key"] for seen in server.seen]
    assert keys == ["r1/send#2"] * 2
    own = local(server, method="PUT", headers={"idempotency-key": "mine"})
    await perform(make_work(step(own)), 0.0)
    await perform(make_work(step(local(server))), 0.0)
    assert server.seen[2].headers["idempotency-key"] == "mine"
    assert "idempotency-key" not in server.seen[3].headers


async def test_text_is_text(make_work: Any, server: Any) -> None:
    server.answer("/", "grün".encode(), Content_Type="text/plain; charset=utf-8")
    said = await output(make_work(step(local(server))))
    assert said["text"] == "grün"
    assert "json" not in said


async def test_a_private_address_is_refused_unless_it_is_listed(
    make_work: Any, server: Any
) -> None:
    server.answer("/", b"hello")
    do = Http(url=server.url)
    said = await failure(make_work(step(do)))
    assert "not a public address" in said.message
    assert not said.retryable
    assert server.seen == []
    for host in ("127.0.0.1", f"127.0.0.1:{server.port}"):
        config = Config(http=HttpConfig(hosts=(host,)))
        assert (await output(make_work(step(do), None, config)))["text"] == "hello"
    config = Config(http=HttpConfig(hosts=("127.0.0.1:1", "example.com")))
    await failure(make_work(step(do), None, config))


async def test_a_value_can_not_begin_another_header(
    make_work: Any, server: Any
) -> None:
    do = local(server, headers={"X-Name": "{{ inputs.name }}"})
    scope = {"inputs": {"name": "a\r\nX-Admin: yes"}}
    said = await failure(make_work(step(do), scope))
    assert "X-Name" in said.message
    assert server.seen == []


@pytest.mark.parametrize(
    ("status", "again"), [(400, False), (404, False), (429, True), (503, True)]
)
async def test_a_status_that_is_not_expected_has_failed(
    make_work: Any, server: Any, status: int, again: bool
) -> None:
    server.answer("/x?key=secret", b"the reason", status, Retry_After="7")
    said = await failure(make_work(step(local(server, "/x?key=secret"))))
    assert said.message == f"GET {server.url}/x answered {status}"
    assert (said.details, said.retryable) == ("the reason", again)
    assert said.retry_after == (7.0 if again else None)
    assert said.sign == f"status:{status}"


async def test_an_expected_status_has_not_failed(make_work: Any, server: Any) -> None:
    server.answer("/", b"", 404)
    assert (await output(make_work(step(local(server, expect=(404,))))))[
        "status"
    ] == 404
    server.answer("/", b"", 200)
    await failure(make_work(step(local(server, expect=(404,)))))


async def test_a_redirect_is_named_and_not_followed(
    make_work: Any, server: Any
) -> None:
    server.answer("/", b"", 302, Location="http://169.254.169.254/?token=x")
    said = await failure(make_work(step(local(server))))
    assert "302 to http://169.254.169.254/;" in said.message
    assert len(server.seen) == 1


def kept(server: Any) -> Config:
    """A weir.toml that lets `localhost`, another name for our server, be asked."""
    return Config(http=HttpConfig(hosts=(f"localhost:{server.port}",)))


def elsewhere(server: Any, path: str = "/") -> str:
    return f"http://localhost:{server.port}{path}"


SECRETS = {
    "Authorization": "Bearer k",
    "Cookie": "a=b",
    "X-Api-Key": "k",
    "Accept": "a/b",
}


async def test_as_many_redirects_are_followed_as_the_step_says(
    make_work: Any, server: Any, log: list[Any]
) -> None:
    server.answer("/", b"", 302, Location="/b?key=x")
    server.answer("/b?key=x", b"", 307, Location=f"{server.url}/c")
    server.answer("/c", b"there")
    do = local(server, redirects=2, headers=SECRETS)
    assert (await output(make_work(step(do))))["text"] == "there"
    assert [seen.path for seen in server.seen] == ["/", "/b?key=x", "/c"]
    assert all(seen.headers["authorization"] == "Bearer k" for seen in server.seen)
    assert ("info", f"302 to {server.url}/b\n") in log
    said = await failure(make_work(step(local(server, redirects=1))))
    assert said.message.endswith("/c; that is one more than its redirects: 1")


async def test_no_key_or_cookie_is_carried_to_another_host_nor_back(
    make_work: Any, server: Any
) -> None:
    server.answer("/", b"", 302, Location=elsewhere(server, "/b"))
    server.answer("/b", b"", 302, Location=f"{server.url}/c")
    server.answer("/c", b"there")
    do = local(server, redirects=2, headers=SECRETS)
    await output(make_work(step(do), config=kept(server)))
    first, *others = server.seen
    assert first.headers["x-api-key"] == "k"
    for seen in others:
        assert not {"authorization", "cookie", "x-api-key"} & set(seen.headers)
        assert seen.headers["accept"] == "a/b"


async def test_a_redirect_to_a_private_address_of_another_host_is_refused(
    make_work: Any, server: Any
) -> None:
    server.answer("/", b"", 302, Location=elsewhere(server))
    said = await failure(make_work(step(local(server, redirects=5))))
    assert "which is not a public address" in said.message
    assert not said.retryable
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", ("GET", b"")),
        (303, "PUT", ("GET", b"")),
        (307, "POST", ("POST", b"x")),
        (308, "PUT", ("PUT", b"x")),
        (303, "HEAD", ("HEAD", b"")),
    ],
)
async def test_what_a_redirect_makes_of_a_request(
    make_work: Any, server: Any, status: int, method: str, then: tuple[str, bytes]
) -> None:
    server.answer("/", b"", status, Location="/b")
    server.answer("/b", b"")
    body = None if method == "HEAD" else "x"
    do = local(server, redirects=1, method=method, body=body)
    await output(make_work(step(do)))
    _, seen = server.seen
    assert (seen.method, seen.body) == then
    assert ("idempotency-key" in seen.headers) is (then[0] in ("POST", "PUT"))


async def test_a_body_is_not_carried_to_another_host(
    make_work: Any, server: Any
) -> None:
    server.answer("/", b"", 307, Location=elsewhere(server))
    do = local(server, redirects=1, method="POST", body="x")
    said = await failure(make_work(step(do), config=kept(server)))
    assert "takes the POST to another host, localhost" in said.message
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "where", ["ftp://x.example/", "http://a:b@x.example/", "http://[::1", "//"]
)
async def test_a_redirect_to_what_is_no_address_is_refused(
    make_work: Any, server: Any, where: str
) -> None:
    server.answer("/", b"", 302, Location=where)
    said = await failure(make_work(step(local(server, redirects=1))))
    assert not said.retryable


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://x.example/a", "https://x.example/b", True),
        ("https://x.example", "https://x.example:443/", True),
        ("http://x.example:8080/", "https://x.example:8080/", False),
        ("http://x.example/", "http://x.example:81/", False),
        ("http://x.example/", "http://a.x.example/", False),
    ],
)
def test_a_place_is_a_host_and_a_port(one: str, other: str, same: bool) -> None:
    assert is_same_place(one, other) is same


def test_no_redirect_leads_out_of_https() -> None:
    call = Call("GET", "https://x.example/")
    with pytest.raises(CallRefused, match="from https to http"):
        redirected(call, call, 302, "http://x.example/", ())


async def test_nobody_there_may_be_tried_again(make_work: Any) -> None:
    do = Http(url="http://127.0.0.1:1/", allow_private=True)
    said = await failure(make_work(step(do)))
    assert (said.retryable, said.sign) == (True, "unanswered")


async def test_the_log_has_no_key_of_the_address(
    make_work: Any, server: Any, log: list[Any]
) -> None:
    server.answer("/a?key=secret", b"12345")
    await perform(make_work(step(local(server, "/a?key=secret"))), 0.0)
    assert log == [("info", f"GET {server.url}/a\n"), ("info", "200, 5 bytes\n")]


async def test_declared_output_is_the_answer_itself(
    make_work: Any, server: Any
) -> None:
    fields = {"n": Field(type="integer")}
    server.answer("/", b'{"n": 3}', Content_Type="application/problem+json; charset=x")
    assert await output(make_work(step(local(server), output=fields))) == {"n": 3}
    server.answer("/", b'{"n": 3, "more": 1}', Content_Type="application/json")
    assert await output(make_work(step(local(server), output=fields))) == {"n": 3}
    server.answer("/", b'{"more": "than asked"}', Content_Type="application/json")
    said = await failure(make_work(step(local(server), output=fields)))
    assert (said.kind, said.details) == ("output", '{"more": "than asked"}')
    for body, kind in ((b"{", "application/json"), (b'{"n": 3}', "text/plain")):
        server.answer("/", body, Content_Type=kind)
        await failure(make_work(step(local(server), output=fields)))
