"""The mock provider: the same every time, and always fitting."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.llm.invent import invent
from engine.llm.mock import Mock
from engine.llm.pattern import matching
from engine.llm.provider import Ask, Message, ask_until_valid, provider
from engine.llm.structured import misfits
from engine.workspace import ProviderConfig

PROMPT = "Write release notes.\n\n- Add pause and resume\n- Fix a lost reminder\n"


SCHEMA = {
    "type": "object",
    "properties": {
        "subject": {"type": "string", "maxLength": 20},
        "score": {"type": "integer", "minimum": 0, "maximum": 9},
    },
    "required": ["subject", "score"],
    "additionalProperties": False,
}


async def answer(
    prompt: str, schema: dict[str, Any] | None = None, said: Any = None
) -> Any:
    heard: list[str] = []
    mock = provider("mock", ProviderConfig())
    assert isinstance(mock, Mock)
    mock.said = said
    ask = Ask((Message("user", prompt),), schema=schema)
    found = await ask_until_valid(mock, ask, heard.append, repairs=0)
    assert "".join(heard) == found.text
    return found, heard


async def test_the_same_prompt_has_the_same_answer() -> None:
    assert await answer(PROMPT) == await answer(PROMPT)
    assert (await answer(PROMPT))[0].text != (await answer("Triage."))[0].text


async def test_text_streams_and_quotes_the_prompt() -> None:
    found, heard = await answer(PROMPT)
    assert len(heard) > 1
    assert "“Write release notes.”" in found.text
    assert "- Fix a lost reminder" in found.text
    assert "no model was asked" in found.text
    assert (found.usage.model, found.usage.provider) == ("mock", "mock")
    assert found.usage.input_tokens > 0


async def test_what_its_author_has_it_say_is_what_it_answers() -> None:
    assert (await answer(PROMPT, said="Dear all,\n"))[0].text == "Dear all,"
    said = {"subject": "Your renewal", "score": 4}
    assert (await answer(PROMPT, SCHEMA, said))[0].value == said


@pytest.mark.parametrize(
    "said",
    ["", {"subject": "Yours"}, {"score": 12, "subject": "Yours"}, {"nothing": 1}, 7],
)
async def test_what_is_left_out_or_does_not_fit_is_made_up(said: Any) -> None:
    value = (await answer(PROMPT, SCHEMA, said))[0].value
    assert misfits(value, SCHEMA) == []
    if isinstance(said, dict) and "subject" in said:
        assert value["subject"] == "Yours"
    assert (await answer(PROMPT, said=said))[0].text.startswith("## Draft")


@pytest.mark.parametrize("prompt", ["", "\n\n", "x", "é" * 5000])
async def test_any_prompt_has_an_answer(prompt: str) -> None:
    assert (await answer(prompt))[0].text.startswith("## Draft")


async def test_structured_answers_fit_the_issue_s_own_example() -> None:
    schema = {
        "type": "object",
        "properties": {
            "risk_score": {"type": "integer", "minimum": 0, "maximum": 100},
            "overall_health": {"enum": ["Good", "Watch", "At risk"]},
            "recommendations": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["risk_score", "overall_health", "recommendations"],
        "additionalProperties": False,
    }
    value = (await answer(PROMPT, schema))[0].value
    assert 0 <= value["risk_score"] <= 100
    assert value["recommendations"]


NUMBERS = st.integers(-50, 50)
LEAVES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({"type": "boolean"}),
    st.just({"type": "string", "format": "date"}),
    st.just({"type": ["string", "null"]}),
    st.builds(lambda v: {"enum": v}, st.lists(NUMBERS, min_size=1, max_size=3)),
    st.builds(
        lambda kind, low, more: {"type": kind, "minimum": low, "maximum": low + more},
        st.sampled_from(["integer", "number"]),
        NUMBERS,
        st.integers(0, 5),
    ),
    st.builds(
        lambda kind, bound, low: {"type": kind, bound: low},
        st.sampled_from(["integer", "number"]),
        st.sampled_from(
            ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
        ),
        NUMBERS,
    ),
    st.builds(
        lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more},
        st.integers(0, 300),
        st.integers(0, 5),
    ),
    st.sampled_from(
        [
            {"type": "string", "pattern": r"^[A-Z]{2}-\d{3,5}$"},
            {"type": "string", "pattern": r"^(low|mid|high)$"},
            {"type": "string", "pattern": r"^v?\d+\.\d+(\.\d+)?$"},
            {"type": "string", "pattern": r"[^a-z]+@(?:\w+\.)+com"},
        ]
    ),
)


def composed(inner: st.SearchStrategy[dict[str, Any]]) -> Any:
    objects = st.dictionaries(st.text("abc", min_size=1), inner, max_size=3).map(
        lambda fields: {
            "type": "object",
            "properties": fields,
            "required": list(fields),
            "additionalProperties": False,
        }
    )
    lists = st.builds(
        lambda items, least: {"type": "array", "items": items, "minItems": least},
        inner,
        st.integers(0, 5),
    )
    return objects | lists


@settings(max_examples=150, deadline=None)
@given(st.recursive(LEAVES, composed, max_leaves=6), st.integers())
def test_what_is_invented_fits_any_schema(schema: dict[str, Any], seed: int) -> None:
    value = invent(schema, ["some", "words"], Random(seed))
    assert misfits(value, schema) == []


@pytest.mark.parametrize(
    "pattern",
    [
        "abc",
        "^a|b$",
        r"\d{4}-\d{2}-\d{2}",
        r"[a-f0-9]{8}",
        r"(?P<name>x+)y?",
        r"[]a]+",
        r"[^\W\d]z",
        "a{2}b{0}c{1,}",
        r"\.\*\[\]",
        "",
    ],
)
def test_an_everyday_pattern_is_matched(pattern: str) -> None:
    for seed in range(20):
        assert re.search(pattern, matching(pattern, Random(seed)))


@settings(max_examples=150, deadline=None)
@given(st.text("ab0^$.|?*+(){}[]\\-,P<>:=!dws", max_size=20), st.integers())
def test_any_pattern_ends_in_some_text(pattern: str, seed: int) -> None:
    assert len(matching(pattern, Random(seed))) < 100_000
