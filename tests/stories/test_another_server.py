"""A model's server that is not ours: the litellm proxy, with answers that it makes up.

It is a program of its own and large, so it is not among what tests need: install it
anywhere (`pip install 'weir-workbench[proof]'`) and name it: LITELLM=/path/to/litellm.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from engine.machine import events as e
from engine.machine.codec import decode
from store import events, logs
from tests.stories.place import Place, free_port, until

LITELLM = os.environ.get("LITELLM") or shutil.which("litellm")
OPTIONS = ("--config", "config.yaml", "--host", "127.0.0.1", "--port")
SAYS = "The customer is healthy, and pays on time."
MODELS = f"""model_list:
  - model_name: plain
    litellm_params: {{model: openai/plain, api_key: none, mock_response: "{SAYS}"}}
  - model_name: formed
    litellm_params:
      model: openai/formed
      api_key: none
      mock_response: '{{"score": 7, "why": "They pay."}}'
  - model_name: wrong
    litellm_params: {{model: openai/wrong, api_key: none, mock_response: "Seven."}}
"""
JUDGE = """workflow: judge
inputs: {model: string}
steps:
  - {id: plain, llm: {prompt: "How are they?", model: plain}}
  - id: formed
    llm: {prompt: "Judge.", model: "MODEL"}
    output: {score: integer, why: string}
"""
CONFIG = 'provider = "there"\n[providers.there]\nbase_url = "{url}/v1"\n'

pytestmark = pytest.mark.skipif(not LITELLM, reason="there is no litellm proxy here")
MakePlace = Callable[..., Place]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("proxy")
    (folder / "config.yaml").write_text(MODELS)
    port = free_port()
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [str(LITELLM), *OPTIONS, str(port)],
        cwd=folder,
        env={
            **os.environ,
            "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
        },
        stdout=log,
        stderr=log,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(url), (folder / "log").read_text)
        yield url
    finally:
        server.terminate()
        server.wait()
        log.close()


def answers(url: str) -> bool:
    asked = f"{url}/health/liveliness"
    try:
        with urllib.request.urlopen(asked, timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def judged(make_place: MakePlace, proxy: str, model: str, status: str) -> Place:
    place = make_place(
        config=CONFIG.format(url=proxy), judge=JUDGE.replace("MODEL", model)
    )
    run = place.start("judge", model=model)
    place.wake()
    state = place.until_run(run, "succeeded", "failed")
    assert state.status == status, place.said()
    assert state.steps["plain"].output == {"text": SAYS}
    return place


def test_it_streams_and_answers_in_shape(make_place: MakePlace, proxy: str) -> None:
    place = judged(make_place, proxy, "formed", "succeeded")
    (run,) = events.runs(place.database)
    assert place.step(run, "formed").output == {"score": 7, "why": "They pay."}
    said = [decode(record.data) for record in events.history(place.database, run)]
    used = [each.usage for each in said if isinstance(each, e.StepSucceeded)]
    assert all(each and each.output_tokens > 0 and each.first_token for each in used)
    pieces = [line for line in logs.page(place.database, run) if line.stream == "llm"]
    assert SAYS in "".join(line.text for line in pieces)


def test_what_does_not_fit_is_asked_again_and_then_told(
    make_place: MakePlace, proxy: str
) -> None:
    place = judged(make_place, proxy, "wrong", "failed")
    (run,) = events.runs(place.database)
    failed = place.step(run, "formed")
    assert failed.error is not None
    assert "does not fit" in failed.error.message
    assert failed.error.details == "Seven.", "the raw answer is kept"
    said = "".join(line.text for line in logs.page(place.database, run))
    assert said.count("asking again") == 2
