"""A secret is used, and stands in no file that Weir has written."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.stories.place import Place

TOKEN = "s3cr3t-t0ken/with+signs-4711"
CONFIG = """provider = "mock"
[secrets]
jira = "env:JIRA_TOKEN"
ring = "keyring:weir-test/ring"
gone = "env:NOT_THERE"
[http]
hosts = ["127.0.0.1:{port}"]
"""
LEAKY = """workflow: leaky
context:
  told: {shell: "echo $JIRA_TOKEN"}
  there:
    http: "http://127.0.0.1:PORT/who"
    headers: {Authorization: "Bearer {{ secrets.jira }}"}
    ttl: 1h
steps:
  - id: ask
    http:
      url: "http://127.0.0.1:PORT/echo"
      method: POST
      headers: {Authorization: "Bearer {{ secrets.jira }}"}
      json: {again: "{{ secrets.jira }}"}
      allow_private: true
  - id: shout
    shell:
      run: |
        printf '%s' "$T" | cut -c1-9; printf '%s\\n' "$T" >&2
        printf '%s' "$T" | base64; cat
      env: {T: "{{ secrets.jira }}"}
      stdin: "{{ secrets.jira }}"
  - id: page
    artifact: {form: page, title: T, sections: [{text: "{{ outputs.shout.stdout }}"}]}
  - {id: draft, llm: {prompt: "Say {{ outputs.ask.json.heard }}"}}
  - {id: ask-them, approval: {title: Go on?, show: [artifacts.page, outputs.ask]}}
  - {id: fail, shell: {run: 'echo "$T" >&2; exit 3', env: {T: "{{ secrets.jira }}"}}}
"""
LACKS = """workflow: lacks
steps:
  - {id: first, shell: {run: env, env: {T: "{{ secrets.gone }}"}}}
"""
ASKS = """workflow: asks
context:
  there:
    http: "https://example.com/who"
    headers: {Authorization: "Bearer {{ secrets.gone }}"}
steps:
  - {id: first, set: {who: "{{ there.you }}"}}
"""
MakePlace = Callable[..., Place]


class Echo(BaseHTTPRequestHandler):
    heard: list[str] = []

    def do_GET(self) -> None:
        self.heard.append(self.headers["Authorization"])
        body = f'{{"you": "{self.headers["Authorization"]}"}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.heard.append(self.headers["Authorization"])
        body = f'{{"heard": "{self.headers["Authorization"]}", "body": {said}}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}
    )
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_secret_is_in_no_file_and_on_no_screen(
    make_place: MakePlace, port: int, tmp_path: Path
) -> None:
    place = make_place(
        config=CONFIG.format(port=port), leaky=LEAKY.replace("PORT", str(port))
    )
    place.environment["JIRA_TOKEN"] = TOKEN
    run = place.start("leaky")
    place.wake()
    place.until_run(run, "waiting")
    place.weir("approve", run, "--yes")
    state = place.until_run(run, "failed")
    assert Echo.heard == [f"Bearer {TOKEN}"] * 2, "it was used"
    assert state.context["there"] == {"you": "Bearer ‹secret jira›"}
    assert state.steps["ask"].output["json"]["heard"] == "Bearer ‹secret jira›"
    assert "‹secret jira›" in state.steps["shout"].output["stdout"]
    said = [place.weir(*words) for words in (
        ("show", run), ("show", run, "--json"), ("logs", run), ("trace", run),
        ("audit", "--run", run), ("artifact", run, "page"), ("secret", "list"),
        ("export", run, "--output", str(tmp_path / "away.weir")),
        ("context", "leaky"), ("context", "leaky", "--json", "--fresh"),
        ("render", "leaky", "--step", "shout"),
    )]  # fmt: skip
    assert Echo.heard == [f"Bearer {TOKEN}"] * 3, "and by who looks it up anew"
    assert "‹secret jira›" in said[-2]
    assert "‹secret jira›" in said[-1]
    place.kill_all()
    forms = (TOKEN, base64.b64encode(TOKEN.encode()).decode())
    for words in said:
        assert not any(form in words for form in forms), words
    files = [p for p in tmp_path.rglob("*") if p.is_file() and not p.is_symlink()]
    assert any(p.name == "weir.db" for p in files)
    assert any(p.name == "away.weir" for p in files)
    assert any(p.parent.name == "cache" for p in files)
    for file in files:
        data = file.read_bytes()
        assert not any(form.encode() in data for form in forms), file


def test_a_secret_that_is_not_there_is_told_before_anything_is_done(
    make_place: MakePlace, port: int
) -> None:
    place = make_place(config=CONFIG.format(port=port), lacks=LACKS, asks=ASKS)
    runs = [place.start("lacks"), place.start("asks")]
    place.wake()
    for run in runs:
        state = place.until_run(run, "failed")
        assert "secrets.gone is not there: set NOT_THERE and wake" in state.reason
    listed = place.weir("secret", "list")
    assert "no: set NOT_THERE" in listed
    assert "jira" in listed
    assert "from the environment; set JIRA_TOKEN" in place.weir(
        "secret", "set", "jira", ends=1
    )
    assert os.environ.get("JIRA_TOKEN") is None
