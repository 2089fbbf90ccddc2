"""A server that people are told by, which keeps what it hears and may refuse it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from tests.stories.place import free_port, until


class Listener:
    """Hears what is posted to `address`, each with its path and headers.

    `answers` is the status it gives, or 0: it hangs up. While `silent` is set it gives
    none, and does not hang up either.
    """

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.answers = 200
        self.silent = threading.Event()
        self._speaks = threading.Event()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                listener.hear(self)

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def hear(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self.heard.append({"path": request.path, **json.loads(body)})
        if self.silent.is_set():
            self._speaks.wait(60)
            return
        if self.answers:
            request.send_response(self.answers)
            request.end_headers()

    def address(self, scheme: str = "json", rest: str = "") -> str:
        return f"{scheme}://127.0.0.1:{self._server.server_port}{rest}"

    def hears(self, many: int = 1) -> list[Any]:
        """What it has heard, once it is as much as that."""
        until(lambda: len(self.heard) >= many, lambda: str(self.heard))
        return self.heard

    def close(self) -> None:
        self._speaks.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    yield server
    server.close()


class Mailbox:
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _: object, __: object, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 kept"

    def address(self, to: str, sender: str) -> str:
        return f"mailto://127.0.0.1:{self.port}?to={to}&from={sender}&mode=insecure"

    def __enter__(self) -> Mailbox:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
