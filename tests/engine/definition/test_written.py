"""What is written as YAML reads back the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.check import check
from engine.definition.checks.checking import Known
from engine.definition.parse import parse
from engine.definition.shapes.step import DOING
from engine.definition.sketches import KINDS, sketch
from engine.definition.written import block, flow, indented
from engine.definition.yaml import read

SIGNS = st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t\x85")
TEXTS = st.text(SIGNS, max_size=20)
SCALARS = (
    st.booleans() | st.integers(-(10**16), 10**16) | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["no", "007", "1e3", "0o17", "~", "a: b", "a #b", "x\ny\n"])
)  # fmt: skip
KEYS = st.text("abcxyz_", min_size=1, max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=6
)


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1))
def test_in_lines_a_value_reads_back(value: dict[str, object]) -> None:
    found = read("".join(f"{line}\n" for line in block(value)), "").value
    assert repr(found) == repr(value)  # to `==` 1, 1.0 and true are one value


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1))
def test_in_braces_a_value_reads_back(value: dict[str, object]) -> None:
    assert repr(read(flow(value), "").value) == repr(value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain words", "plain words"),
        ("no", '"no"'),
        ("007", '"007"'),
        ("1h", "1h"),
        ("{{ inputs.name }}", '"{{ inputs.name }}"'),
        ("ünïcode", "ünïcode"),
        ("a\u2028b", '"a\\u2028b"'),
        (True, "true"),
        (1.5, "1.5"),
        ([1, "a b"], "[1, a b]"),
    ],
)
def test_a_value_is_written_as_a_person_would(value: object, written: str) -> None:
    assert flow(value) == written


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("if x\n  a\n\nfi\n", ["|", "  if x", "    a", "", "  fi"]),
        ("a\n\tb", ["|-", "  a", "  \tb"]),
        (" a\nb\n", ['" a\\nb\\n"']),
        ("a\n\n", ['"a\\n\\n"']),
        ("a \nb\n", ['"a \\nb\\n"']),
        ("a\n\x85", ['"a\\n\\u0085"']),
        ("a\n\u2028\n", ['"a\\n\\u2028\\n"']),
    ],
)
def test_lines_stand_below_each_other_where_they_read_back(
    text: str, lines: list[str]
) -> None:
    first, *rest = lines
    assert [*block({"run": text})] == [f"run: {first}", *rest]
    assert read("\n".join([*block({"run": text}), ""]), "").value == {"run": text}
    if rest:
        listed = [*block({"run": ["sh", text]})]
        assert listed == ["run:", "  - sh", f"  - {first}", *map(indented, rest)]


def test_there_is_a_sketch_of_each_kind_that_names_nothing_else() -> None:
    assert {*KINDS} == {*DOING} - {"use", "run"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_sketch_has_no_problem(kind: str) -> None:
    step = {"id": "it", kind: sketch(kind, "it")}
    text = "\n".join(block({"workflow": "x", "steps": [step]}))
    parsed = parse(text, "x.yaml")
    assert [*parsed.problems, *check(parsed, {}, Known())] == []
