"""What went wrong between here and a model, in words, and whether to try again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import ClassVar, Protocol

from engine.llm.messages import ModelError, model_error
from engine.machine.state import Usage
from engine.workspace import ProviderConfig

# Statuses that may be gone in a moment; 5xx as well.
PASSING = frozenset({408, 409, 425, 429})
LONGEST = 3600.0  # seconds anyone may ask us to wait


class Asked(Protocol):
    """Who was asked: what words about it need to know."""

    name: str
    owner: ClassVar[str]
    key_name: ClassVar[str]
    config: ProviderConfig

    @property
    def url(self) -> str: ...


def explained(
    package: ModuleType,
    error: Exception,
    server: Asked,
    model: str,
    key: str,
    usage: Usage,
) -> ModelError:
    """Any error of the openai or anthropic package as ours, without the key in it."""
    import httpx2

    where = server.url or server.owner
    retry_after, sign = None, "unanswered"
    match error:
        case package.APITimeoutError():
            said = f"{where} said nothing for {server.config.timeout:g} s"
            again = True
        case package.APIConnectionError():
            said, again = f"can't reach {where}: {_cause(error)}", True
        case package.APIStatusError() if error.status_code >= 400:
            because = _message(error.body)
            said, again = refusal(error.status_code, because, server, where, model)
            retry_after = wait_asked(error.response.headers) if again else None
            sign = f"status:{error.status_code}"
        case package.APIError(message=message):  # told in the middle of the answer
            said = f"{where} broke off: {(_message(error.body) or message)[:200]}"
            again = True
        case httpx2.HTTPError():  # as it is, in the middle of the answer
            said, again = f"can't reach {where}: {str(error)[:200]}", True
        case ValueError():
            said, again = f"{where} answered what is no event stream", True
            sign = ""
        case _:
            said, again = f"{where}: {str(error)[:200]}", False
            sign = ""
    details = str(getattr(error, "body", "") or error)
    return model_error(
        said.replace(key, "…") if len(key) > 8 else said,
        retryable=again,
        details=details.replace(key, "…") if len(key) > 8 else details,
        retry_after=retry_after,
        usage=usage,
        sign=sign,
    )


def refusal(
    status: int, said: str, server: Asked, where: str, model: str
) -> tuple[str, bool]:
    """What a status means and what to do, and whether it may pass by itself."""
    because = f": {said}" if said else ""
    if status == 401:
        return (
            f"{where} did not accept the key (401); {_another_key(server)} or run with"
            " --provider mock"
        ), False
    if status == 403:
        return f"{where} does not allow this key to use {model} (403){because}", False
    if status == 404:
        return (
            f"{where} has no model {model} (404){because}; set `model` or base_url in"
            " weir.toml"
        ), False
    if status == 429 and "quota" in said.lower():
        return f"{where} has no quota left for this key (429){because}", False
    if status == 429:
        return f"{where} wants fewer requests (429){because}", True
    if status >= 500:
        return f"{where} has trouble of its own ({status}){because}", True
    return f"{where} refused the request ({status}){because}", status in PASSING


def _another_key(server: Asked) -> str:
    told = server.config.api_key
    if not told:
        return f'set {server.key_name} (or api_key = "env:NAME" in weir.toml)'
    what, _, name = told.partition(":")
    if what == "env":
        return f"set {name} and wake a runner that knows it (`weir runner stop`),"
    return f"put the right one where it is, {told},"


def wait_asked(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from a `Retry-After` in seconds or as a date."""
    told = headers.get("retry-after", "").strip()
    if not told:
        return None
    try:
        seconds = float(told)
    except ValueError:
        seconds = _until(told, headers.get("date", ""))
    return min(max(seconds, 0.0), LONGEST) if seconds == seconds else None


def _until(told: str, now: str) -> float:
    """Seconds from the server's own `now` to a date; not a number when it is none."""
    try:
        then = parsedate_to_datetime(told).timestamp()
    except ValueError:
        return float("nan")
    try:
        return then - parsedate_to_datetime(now).timestamp()
    except ValueError:
        return then - time.time()


def _message(body: object) -> str:
    if isinstance(body, dict):
        inner = body.get("error", body)
        said = inner.get("message") if isinstance(inner, dict) else inner
        return str(said or "")[:300]
    return ""


def _cause(error: Exception) -> str:
    cause = error.__cause__
    return (str(cause) or type(cause).__name__)[:200] if cause else str(error)[:200]
