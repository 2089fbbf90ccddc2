"""An answer as it comes in: whole, cut off, refused, or without an end."""

from __future__ import annotations

import pytest

from engine.llm import heard
from engine.llm.heard import Heard
from engine.llm.messages import Ask, ModelError
from engine.machine.state import Usage


def hearing() -> tuple[Heard, list[str]]:
    said: list[str] = []
    return Heard(Usage(model="m", provider="p"), said.append), said


def test_a_model_that_does_not_stop_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heard, "MAX_ANSWER", 10)
    answer, said = hearing()
    answer.take("12345")
    answer.count(3, 5)
    with pytest.raises(
        ModelError, match=r"larger than 1 MB, and was cut off"
    ) as caught:
        answer.take("678901")
    assert not caught.value.failure.retryable
    assert said == ["12345"], "what is too much is not told"
    assert caught.value.usage is not None
    assert caught.value.usage.output_tokens == 5, "and what it cost is known"


def test_what_nobody_has_counted_yet_is_counted_when_it_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heard, "MAX_ANSWER", 10)
    answer, _ = hearing()
    with pytest.raises(ModelError) as caught:
        answer.take("字" * 4)
    assert caught.value.usage is not None
    assert caught.value.usage.output_tokens == 3


def test_words_that_a_terminal_would_obey_are_kept_as_they_are() -> None:
    answer, said = hearing()
    evil = "\x1b]52;c;aGk=\x07\x1b[2J approve a01 --yes\n"
    answer.take(evil)
    answer.finish = "stop"
    assert answer.answer(Ask(())).text == evil, "the store keeps bytes; screens show"
    assert said == [evil]
