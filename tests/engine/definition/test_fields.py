"""What typed values may be, and how the ones that don't fit are told."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.fields import accept, json_schema
from engine.definition.typed import Field
from engine.errors import InvalidValues

FIELDS = {
    "customer": Field(description="Customer id"),
    "uplift": Field(type="number", required=False, has_default=True, default=0.08),
    "count": Field(type="integer", required=False, minimum=1, maximum=5),
    "sure": Field(type="boolean", required=False),
    "day": Field(type="date", required=False),
    "tags": Field(type="array", items=Field(), required=False, max_length=2),
    "health": Field(enum=("Good", "Watch"), required=False),
    "code": Field(pattern="^[A-Z]{2}$", min_length=2, required=False),
    "owner": Field(
        type="object",
        properties={"name": Field(), "age": Field(type="integer", required=False)},
        required=False,
    ),
    "note": Field(type="text", required=False),
}  # fmt: skip
NOTHING = dict.fromkeys(FIELDS) | {"uplift": 0.08}


def told(values: dict[str, Any], *, text: bool = False) -> list[str]:
    with pytest.raises(InvalidValues) as refused:
        accept(FIELDS, values, text=text)
    return refused.value.problems


def test_each_field_is_there_and_defaults_are_filled_in() -> None:
    assert accept(FIELDS, {"customer": "acme"}) == NOTHING | {"customer": "acme"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("uplift", "0.5", 0.5),
        ("uplift", " 3 ", 3),
        ("uplift", "", 0.08),
        ("count", "5", 5),
        ("count", "", None),
        ("sure", "yes", True),
        ("sure", "False", False),
        ("day", "2026-11-21", "2026-11-21"),
        ("tags", '["a", "b"]', ["a", "b"]),
        ("owner", '{"name": "Ana"}', {"name": "Ana", "age": None}),
        ("health", "Good", "Good"),
        ("note", " kept as it is\n", " kept as it is\n"),
        ("customer", "007", "007"),
    ],
)
def test_a_text_is_read_as_what_the_field_is(
    name: str, text: str, value: object
) -> None:
    found = accept(FIELDS, {"customer": "acme", name: text}, text=True)[name]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("custmer", "x", "unknown input `custmer`; did you mean `customer`?"),
        ("uplift", "abc", "`uplift` must be a number; got `abc`"),
        ("uplift", "nan", "`uplift` must be a number; got `nan`"),
        ("uplift", "1e999", "`uplift` must be a number; got `1e999`"),
        ("count", "2.5", "`count` must be a whole number; got `2.5`"),
        ("count", "9", "`count` must be at most 5; got `9`"),
        ("count", True, "`count` must be a whole number; got `true`"),
        ("sure", "maybe", "`sure` must be yes or no; got `maybe`"),
        ("day", "2026-02-30", "`day` must be a date like 2026-01-31; got `2026-02-30`"),
        ("tags", "a", '`tags` must be a list, as JSON: ["…"]; got `a`'),
        ("tags", ["a", 1], "`tags` at [1] must be a text; got `1`"),
        ("tags", ["a", "b", "c"], "`tags` must have at most 2 items; it has 3"),
        ("health", "good", "`health` must be one of Good, Watch; got `good`; "
                           "did you mean `Good`?"),
        ("code", "abc", "`code` must match ^[A-Z]{2}$; got `abc`"),
        ("owner", {"name": 1}, "`owner` at name must be a text; got `1`"),
        ("owner", {}, "`owner` lacks `name`"),
        ("owner", {"name": "a", "agee": 1}, "`owner` has an unknown `agee`; "
                                            "did you mean `age`?"),
        ("note", "x" * 3, None),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_in_one_sentence(
    name: str, value: object, said: str | None
) -> None:
    values = {"customer": "acme", name: value}
    if said is None:
        assert accept(FIELDS, values, text=True)[name] == value
    else:
        assert told(values, text=True) == [said]


def test_what_is_missing_is_told_with_what_it_is() -> None:
    assert told({}) == ["missing input `customer` (Customer id)"]
    assert told({"customer": None}) == ["missing input `customer` (Customer id)"]


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert len(told({"x": 1, "uplift": "y", "count": 0})) == 4


def test_the_noun_is_the_caller_s() -> None:
    with pytest.raises(InvalidValues, match="missing output `customer`"):
        accept(FIELDS, {}, noun="output")


def test_a_terminal_s_commands_are_not_quoted_back() -> None:
    assert told({"customer": "a", "uplift": "\x1b[31m"}) == [
        "`uplift` must be a number; got `\\u001b[31m`"
    ]


# As JSON Schema


def test_a_schema_is_strict() -> None:
    schema = json_schema(FIELDS)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["required"] == list(FIELDS)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["customer"] == {
        "type": "string",
        "description": "Customer id",
    }
    assert schema["properties"]["count"]["type"] == ["integer", "null"]
    assert schema["properties"]["health"]["enum"] == ["Good", "Watch", None]
    assert schema["properties"]["tags"]["maxItems"] == 2
    assert schema["properties"]["owner"]["additionalProperties"] is False
    assert schema["properties"]["owner"]["type"] == ["object", "null"]


SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.dictionaries(
    st.sampled_from([*FIELDS, "other"]),
    SCALAR
    | st.lists(SCALAR, max_size=3)
    | st.dictionaries(st.sampled_from(["name", "age"]), SCALAR),
)


@settings(deadline=None)
@given(VALUES, st.booleans())
def test_values_are_accepted_or_refused_with_words(
    values: dict[str, Any], text: bool
) -> None:
    try:
        accepted = accept(FIELDS, values, text=text)
    except InvalidValues:
        return
    assert list(accepted) == list(FIELDS)
    assert accept(FIELDS, accepted) == accepted


@settings(deadline=None)
@given(VALUES)
def test_what_is_accepted_fits_the_schema_a_model_is_given(
    values: dict[str, Any],
) -> None:
    try:
        accepted = accept(FIELDS, values | {"customer": "acme"})
    except InvalidValues:
        return
    jsonschema.validate(accepted, json_schema(FIELDS))
