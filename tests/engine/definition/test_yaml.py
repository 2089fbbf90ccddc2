"""YAML as we read it: version 1.2, and nothing clever."""

from __future__ import annotations

import pytest
import yaml as pyyaml

from engine.definition.marks import Mark
from engine.definition.yaml import FAST, read

LOADERS = [FAST, pyyaml.SafeLoader]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("no", "no"),
        ("~", None),
        ("null", None),
        ("12", 12),
        ("-3", -3),
        ("0o17", 15),
        ("0xff", 255),
        ("00123", "00123"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1.10", 1.1),
        ("1e3", 1000.0),
        (".5", 0.5),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2026-11-21", "2026-11-21"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("[a, {b: c}]", ["a", {"b": "c"}]),
        ("|\n  a\n  b\n", "a\nb\n"),
        (">\n  a\n  b\n", "a b\n"),
        ('"\\u00e9"', "é"),
        ("<<", "<<"),
    ],
)
@pytest.mark.parametrize("loader", LOADERS)
def test_a_word_means_what_yaml_1_2_says(
    text: str, value: object, loader: type
) -> None:
    document = read(f"key: {text}", "f", loader)
    assert document.problems == []
    assert document.value == {"key": value}
    assert type(document.value["key"]) is type(value)


def test_every_value_knows_its_place() -> None:
    marks = read("a:\n  - b: 1\n    c: [x, 'y']\n", "f").marks
    assert marks.value(("a", 0, "b")) == Mark(2, 8)
    assert marks.key(("a", 0, "c")) == Mark(3, 5)
    assert marks.value(("a", 0, "c", 1)) == Mark(3, 12)


def test_what_the_file_does_not_have_is_where_its_nearest_owner_is() -> None:
    marks = read("a:\n  b: text\n", "f").marks
    assert marks.value(("a", "b", "prompt", 3)) == Mark(2, 6)


def test_a_line_of_a_block_text_is_a_line_of_the_file() -> None:
    marks = read("a: |\n\n    one\n    two\nb: 'x'\nc: >\n  y\n", "f").marks
    assert marks.within(("a",), 3, 2) == Mark(4, 6)
    assert marks.within(("b",), 1, 1) == Mark(5, 5)
    assert marks.within(("c",), 1, 1) == Mark(6, 4)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read(b"\xef\xbb\xbfa: 1", "f").value == {"a": 1}


@pytest.mark.parametrize("loader", LOADERS)
def test_both_parsers_tell_the_same_of_a_broken_file(loader: type) -> None:
    text = "a: [1\nb: {{ x }} y\n"
    told = [str(p) for p in read(text, "f", loader).problems]
    assert told == [
        "f:1:4: the list that opens here is not closed; a `,` or `]` is missing"
    ]
