"""A model's server on loopback that answers by script, if need be in chat completions.

    with ModelServer([says("Hello"), status(429, {"Retry-After": "7"})]) as server:
        ...  # OPENAI_BASE_URL=server.url

Requests are kept in `server.requests`. After the script's end, `default` answers.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Json = Any


@dataclass(frozen=True)
class Asked:
    """A request as it came in; header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: Json


class Exchange(BaseHTTPRequestHandler):
    """One connection; the answers below are functions of it."""

    protocol_version = "HTTP/1.1"
    server: Listener

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(size) or b"null")
        headers = {name.lower(): value for name, value in self.headers.items()}
        desk = self.server.desk
        desk.requests.append(Asked(self.path, headers, body))
        desk.asked.set()
        try:
            desk.next_answer()(self)
        except (BrokenPipeError, ConnectionResetError):
            desk.hung_up.set()

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""

    def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, data: str, name: str = "") -> None:
        named = f"event: {name}\n" if name else ""
        sent = f"{named}data: {data}\n\n".encode()
        self.wfile.write(f"{len(sent):x}\r\n".encode() + sent + b"\r\n")
        self.wfile.flush()

    def delta(self, *, finish: str | None = None, **delta: Json) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self.event(json.dumps(chunk([choice])))

    def end_stream(self, prompt: int = 11, completion: int = 7) -> None:
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
        self.event(json.dumps({**chunk([]), "usage": usage}))
        self.event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def until_hung_up(self) -> None:
        """Say nothing until the other side leaves or the server stops."""
        desk = self.server.desk
        self.connection.settimeout(0.05)
        while not desk.stopping.is_set():
            try:
                if not self.connection.recv(1):
                    desk.hung_up.set()
                    break
            except TimeoutError:
                continue
            except OSError:
                desk.hung_up.set()
                break
        self.close_connection = True


Reply = Callable[[Exchange], None]


def chunk(choices: list[Json]) -> Json:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "test-model",
        "choices": choices,
        "usage": None,
    }


def pieces(text: str, count: int) -> list[str]:
    size = max(-(-len(text) // count), 1)
    return [text[start : start + size] for start in range(0, len(text), size)]


def says(text: str, *, chunks: int = 4, finish: str = "stop") -> Reply:
    """The text in a few pieces, ended as `finish` says (`length`: cut off)."""

    def reply(to: Exchange) -> None:
        to.begin_stream()
        to.delta(role="assistant", content="")
        for piece in pieces(text, chunks):
            to.delta(content=piece)
        to.delta(finish=finish)
        to.end_stream()

    return reply


def calls(*wanted: tuple[str, Json], said: str = "") -> Reply:
    """Calls of tools, each a name with its arguments, told in pieces."""

    def reply(to: Exchange) -> None:
        to.begin_stream()
        to.delta(role="assistant", content=said or None)
        for index, (name, arguments) in enumerate(wanted):
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            about = {"index": index, "id": f"call-{index}", "type": "function"}
            begun = {**about, "function": {"name": name, "arguments": ""}}
            to.delta(tool_calls=[begun])
            for piece in pieces(text, 3):
                to.delta(
                    tool_calls=[{"index": index, "function": {"arguments": piece}}]
                )
        to.delta(finish="tool_calls")
        to.end_stream()

    return reply


def says_json(value: Json) -> Reply:
    return says(json.dumps(value))


def streams(*events: Json) -> Reply:
    """Events as they are, each told by its `type`: another protocol's answer."""

    def reply(to: Exchange) -> None:
        to.begin_stream()
        for event in events:
            to.event(json.dumps(event), event["type"])
        to.wfile.write(b"0\r\n\r\n")
        to.close_connection = True

    return reply


def refuses(text: str) -> Reply:
    """A refusal, as the wire has it."""

    def reply(to: Exchange) -> None:
        to.begin_stream()
        for piece in pieces(text, 2):
            to.delta(refusal=piece)
        to.delta(finish="stop")
        to.end_stream()

    return reply


def status(
    code: int, headers: Mapping[str, str] | None = None, message: str = "no"
) -> Reply:
    """An error with its JSON body."""
    body = json.dumps({"error": {"message": message, "type": "t", "code": None}})
    sent = {"Content-Type": "application/json", **(headers or {})}
    return lambda to: to.send(code, sent, body.encode())


def rubbish(body: bytes = b"data: {not json\n\n") -> Reply:
    """A stream of events that are none."""
    return lambda to: to.send(200, {"Content-Type": "text/event-stream"}, body)


def breaks_off(text: str, *, politely: bool = False) -> Reply:
    """Some text, then the connection is gone, or ended as if that were all."""

    def reply(to: Exchange) -> None:
        to.begin_stream()
        to.delta(content=text)
        if politely:
            to.wfile.write(b"0\r\n\r\n")
        else:
            to.connection.shutdown(socket.SHUT_RDWR)
        to.close_connection = True

    return reply


def complains(text: str, message: str) -> Reply:
    """Some text, then an error told within the stream."""

    def reply(to: Exchange) -> None:
        to.begin_stream()
        to.delta(content=text)
        to.event(json.dumps({"error": {"message": message}}))
        to.wfile.write(b"0\r\n\r\n")
        to.close_connection = True

    return reply


def hangs(text: str = "") -> Reply:
    """Nothing, or the text and then nothing, until the other side leaves."""

    def reply(to: Exchange) -> None:
        if text:
            to.begin_stream()
            to.delta(content=text)
        to.until_hung_up()

    return reply


def waits(text: str, gate: threading.Event, *, chunks: int = 4) -> Reply:
    """The first piece at once, the others when the gate opens."""

    def reply(to: Exchange) -> None:
        first, *others = pieces(text, chunks)
        to.begin_stream()
        to.delta(content=first)
        while not gate.wait(0.05) and not to.server.desk.stopping.is_set():
            continue
        for piece in others:
            to.delta(content=piece)
        to.delta(finish="stop")
        to.end_stream()

    return reply


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    desk: ModelServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is part of the script."""


@dataclass
class ModelServer:
    script: Sequence[Reply] = ()
    default: Reply = field(default_factory=lambda: says("A plain answer."))
    requests: list[Asked] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    hung_up: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> Self:
        self._waiting = list(self.script)
        self._lock = threading.Lock()
        self._listener = Listener(("127.0.0.1", 0), Exchange)
        self._listener.desk = self
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """What OPENAI_BASE_URL or `base_url` is set to."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}/v1"

    def then(self, *replies: Reply) -> None:
        """Answer the next requests so."""
        with self._lock:
            self._waiting.extend(replies)

    def next_answer(self) -> Reply:
        with self._lock:
            return self._waiting.pop(0) if self._waiting else self.default
