"""A step that makes one HTTP request."""

from __future__ import annotations

from typing import Any, NoReturn
from urllib.parse import quote

import msgspec

from engine.definition.kinds import Http
from engine.definition.render import render, render_value
from engine.definition.typed import Fields
from engine.errors import InvalidValues
from engine.machine.state import Failure
from engine.redirects import follow
from engine.steps.output import declared
from engine.steps.work import Done, StepFailed, Work, failed
from engine.web import Call, CallFailed, CallRefused, Reply, is_listed

Json = Any

HARMLESS = ("GET", "HEAD", "OPTIONS")
KEPT = ("content-type", "date", "etag", "last-modified", "link", "location")


async def perform(work: Work, do: Http) -> Done:
    """Make the request; a status the step does not expect has failed."""
    try:
        call = call_of(work, do)
        work.log("info", f"{call.method} {shown(call.url)}\n")
        reply = await follow(
            call,
            do.redirects,
            work.workspace.config.http.hosts,
            lambda r, target: work.log("info", f"{r.status} to {shown(target)}\n"),
        )
    except CallRefused as error:
        raise failed("http", str(error)) from error
    except CallFailed as error:
        raise failed("http", str(error), retryable=True, sign="unanswered") from error
    work.log("info", f"{reply.status}, {len(reply.body)} bytes\n")
    expected = do.expect or range(200, 300)
    if reply.status not in expected:
        refuse(call, reply, do.redirects)
    output = output_of(reply)
    if not work.step.output:
        return Done(output)
    return Done(answered(work.step.output, output.get("json"), reply))


def answered(fields: Fields, said: Json, reply: Reply) -> dict[str, Json]:
    """What is declared of an answer. A server may say more than anyone asked."""
    if isinstance(said, dict):
        said = {name: value for name, value in said.items() if name in fields}
    try:
        return declared(fields, said, "the answer")
    except InvalidValues as error:
        raise failed("output", str(error), details=reply.text[:2000]) from error


def call_of(work: Work, do: Http) -> Call:
    """The request, rendered. Retries of a step share one Idempotency-Key."""
    method = do.method.upper()
    url = render(do.url, work.scope).strip()
    headers = {name: render(value, work.scope) for name, value in do.headers.items()}
    body = render(do.body, work.scope).encode() if do.body is not None else b""
    given = {name.lower() for name in headers}
    if do.json is not None:
        body = msgspec.json.encode(render_value(do.json, work.scope))
        if "content-type" not in given:
            headers["Content-Type"] = "application/json"
    if method not in HARMLESS and "idempotency-key" not in given:
        headers["Idempotency-Key"] = f"{work.run}/{quote(work.path, safe='@#[]/')}"
    hosts = work.workspace.config.http.hosts
    return Call(method, url, headers, body, do.allow_private or is_listed(url, hosts))


def shown(url: str) -> str:
    """An address without what follows the question mark, which may hold a key."""
    return url.partition("?")[0]


def refuse(call: Call, reply: Reply, followed: int) -> NoReturn:
    message = f"{call.method} {shown(call.url)} answered {reply.status}"
    if 300 <= reply.status < 400 and (target := reply.headers.get("location")):
        message += f" to {shown(target)}; {not_followed(followed)}"
    again = reply.may_pass
    wait = reply.retry_after if again else None
    sign = f"status:{reply.status}"
    raise StepFailed(Failure("http", message, reply.text[:2000], again, wait, sign))


def not_followed(redirects: int) -> str:
    if redirects:
        return f"that is one more than its redirects: {redirects}"
    return "redirects are not followed, name that address or say `redirects: 1`"


def output_of(reply: Reply) -> dict[str, Json]:
    headers = {name: reply.headers[name] for name in KEPT if name in reply.headers}
    output: dict[str, Json] = {"status": reply.status, "headers": headers}
    if not reply.is_json or not reply.body.strip():
        return {**output, "text": reply.text}
    try:
        return {**output, "json": msgspec.json.decode(reply.body)}
    except (msgspec.DecodeError, RecursionError) as error:
        raise failed(
            "http",
            f"the answer says it is JSON and is not: {error}",
            details=reply.text[:2000],
        ) from error
