"""A run that has spent its budget waits for a word, whoever dies meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.model_server import ModelServer, says
from tests.stories.place import Place, until

CONFIG = """provider = "house"
model = "m"
[providers.house]
base_url = "{url}"
[prices]
m = {{input = 10, output = 10000}}
"""
DEAR = """workflow: dear
budget: {run: 0.05, more: 1}
steps:
  - {id: one, llm: {prompt: One.}}
  - {id: two, llm: {prompt: Two.}}
"""
MakePlace = Callable[..., Place]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(default=says("An answer.")) as there:
        yield there


def test_a_budget_asks_survives_a_kill_and_is_answered_elsewhere(
    make_place: MakePlace, server: ModelServer
) -> None:
    place = make_place(config=CONFIG.format(url=server.url), dear=DEAR)
    run = place.start("dear")
    runner = place.wake()
    place.until_run(run, "waiting")
    place.kill(runner)
    assert "Spend more than $0.05 in this run?" in place.weir("inbox")
    assert "two" in place.weir("why", run)
    place.weir("approve", run, "--input", "amount=-2", "--yes", ends=2)
    said = place.weir("approve", run, "--yes")  # as much more as the file offers
    assert "how much more may be spent" in said
    state = place.until_run(run, "succeeded")
    assert len(server.requests) == 2
    assert state.steps["two"].output == {"text": "An answer."}
    assert "approve" in place.weir("audit", "--run", run)
    assert "$0.14" in place.weir("show", run)


def test_a_no_from_another_terminal_ends_it(
    make_place: MakePlace, server: ModelServer
) -> None:
    place = make_place(config=CONFIG.format(url=server.url), dear=DEAR)
    run = place.start("dear")
    place.wake()
    place.until_run(run, "waiting")
    place.weir("reject", run, "--comment", "That is enough", "--yes")
    state = place.until_run(run, "failed")
    assert state.reason.endswith("let nothing more be spent: That is enough")
    assert until(lambda: len(server.requests)) == 1
