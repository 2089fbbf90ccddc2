"""Whatever a file holds, reading it ends in a definition or in problems."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.check import check
from engine.definition.graph import compile_graph, mermaid, text
from engine.definition.model import Definition, Workflow
from engine.definition.parse import Parsed, parse
from engine.definition.schema import schema
from engine.definition.yaml import read

WORKFLOWS = Path(__file__).parents[3] / "workflows"
GOOD = [path.read_text(encoding="utf-8") for path in sorted(WORKFLOWS.rglob("*.yaml"))]
SCHEMA = jsonschema.Draft202012Validator(schema())

SCRAPS = [
    ":", "- ", "{", "}", "[", "]", "'", '"', "{{ ", " }}", "{% if x %}", "|\n", ">\n",
    "\t", "\n", "\n  ", "  ", "#", "&a ", "*a", "!!str ", "---\n", "? ", "~", "no",
    "1e999", "\r", "\x85", "\x00", "\u2028", "\ud800", "é", "end", "approve",
    "steps:\n", "with: {x: 1}\n",
    "to: end", "id: ", "use: x\n", "when: ", "needs: [a]\n", "route:\n", "parallel: ",
]  # fmt: skip

KEYS = """
    workflow step artifact agent source title inputs context steps id use llm shell
    http approval set wait fail route needs when with retry timeout output undo to
    choice choices on_timeout show edit form type items enum default sql file expr
    prompt run url sections heading text x
"""
KEY = st.sampled_from(KEYS.split())
SCALAR = st.sampled_from(
    [None, True, 0, 1, -1, 2.5, 10**9, "", "a", "end", "1d", "integer", "{{ a.b }}",
     "{{", "outputs.a", "approve", "route:a", "expire", "https://x", "role:x", "("]
)  # fmt: skip
TREE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=6),
    max_leaves=30,
)


def sound(parsed: Parsed) -> None:
    """What holds of any file that was read."""
    told = [*parsed.problems, *check(parsed, {})]
    assert all(p.message and p.line >= 0 and p.column >= 0 for p in told)
    assert "\x1b" not in "".join(map(str, told))
    if parsed.definition is None:
        assert parsed.problems
        return
    assert parsed.problems == []
    kept = msgspec.json.encode(parsed.definition)
    assert msgspec.json.decode(kept, type=Definition) == parsed.definition
    if isinstance(parsed.definition, Workflow) and not check(parsed, {}):
        graph = compile_graph(parsed.definition)
        assert text(graph, parsed.definition)
        assert mermaid(graph, parsed.definition)


@settings(deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_or_bytes_can_be_read(source: str | bytes) -> None:
    sound(parse(source, "f"))


@given(
    st.sampled_from(GOOD),
    st.lists(
        st.tuples(
            st.floats(0, 1), st.integers(0, 30), st.sampled_from(SCRAPS) | st.just("")
        ),
        min_size=1,
        max_size=4,
    ),
)
@settings(max_examples=300, deadline=None)
def test_any_damage_to_a_good_file_is_told(
    good: str, damages: list[tuple[float, int, str]]
) -> None:
    damaged = good
    for place, cut, scrap in damages:
        at = int(place * len(damaged))
        damaged = damaged[:at] + scrap + damaged[at + cut :]
    sound(parse(damaged, "f"))


@given(st.dictionaries(KEY, TREE, max_size=5), st.sampled_from(["workflow", "step"]))
@settings(max_examples=300, deadline=None)
def test_any_tree_of_known_keys_can_be_read(tree: dict[str, object], kind: str) -> None:
    steps = [{"id": "a", **tree}, {"id": "b", "wait": 1}]
    whole = {"workflow": "w", "steps": steps} if kind == "workflow" else {"step": "s"}
    body = yaml.safe_dump(tree if kind == "step" else {}, sort_keys=False)
    head = yaml.safe_dump(whole, sort_keys=False)
    source = head + ("" if body == "{}\n" else body)
    parsed = parse(source, "f")
    sound(parsed)
    if parsed.definition is not None:
        assert SCHEMA.is_valid(read(source, "f").value)


@pytest.mark.parametrize("good", GOOD, ids=lambda good: good.split("\n")[0])
def test_a_file_cut_off_anywhere_can_be_read(good: str) -> None:
    for end in range(0, len(good), 37):
        sound(parse(good[:end], "f"))
