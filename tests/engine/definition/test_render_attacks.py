"""Templates that try to get out or to use everything up: none does, all are told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definition.render import evaluate, names, render, render_value
from engine.errors import TemplateError

ROOT = Path(__file__).parents[3]

REACHING = [
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''['__cla' ~ 'ss__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ x.__init__.__globals__ }}",
    "{{ rows|map(attribute='__class__')|list }}",
    "{{ rows|selectattr('_private')|list }}",
    "{{ rows|sort(attribute='__class__') }}",
    "{{ [].append(1) }}",
    "{{ x.clear() }}",
    "{{ x.pop('a') }}",
    "{{ x.update(y) }}",
    "{{ cycler.__init__ }}",
    "{{ joiner() }}",
    "{{ namespace(a=1) }}",
    "{{ lipsum(n=100000) }}",
    "{{ dict(a=1) }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ super() }}",
    "{{ loop }}",
    "{% for r in rows %}{{ loop }}{% endfor %}",
    "{% for r in rows %}{{ loop._iterable }}{% endfor %}",
    "{% for r in rows %}{{ loop['__class__'] }}{% endfor %}",
    "{% for r in rows %}{{ loop.cycle('a') }}{% endfor %}",
    "{{ range.__class__ }}",
    "{{ range }}",
    "{{ today.__class__ }}",
    "{{ today.replace }}",
    "{{ today.strftime }}",
    "{{ 'a'.format }}",
    "{{ 'a'.format(1) }}",
    "{{ 'a'.format_map(x) }}",
    "{{ 'a'.join(rows) }}",
    "{{ 'a'.encode() }}",
    "{{ '%s'|format(1) }}",
    "{{ x|pprint }}",
    "{{ x|_path(('a', 'b')) }}",
    "{{ x|_method_upper }}",
    "{{ _result }}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
    "{% block a %}{% endblock %}",
    "{% macro a() %}{% endmacro %}",
    "{% call x() %}{% endcall %}",
    "{% filter upper %}a{% endfilter %}",
    "{% set a %}b{% endset %}",
    "{% set x.y = 1 %}",
    "{% for x.y in rows %}{% endfor %}",
    "{% autoescape true %}{% endautoescape %}",
    "{% for r in rows recursive %}{{ loop(r) }}{% endfor %}",
    "{{ range(*rows) }}",
    "{{ x|join(**rows) }}",
    "{{ (1).real }}",
    "{{ x['items']() }}",
    "{{ x() }}",
    "{{ x.y.z() }}",
]

BIG = "{% set a = 'aaaaaaaaaa' %}"
DOUBLE = "{% set a = a ~ a %}" * 40
EXHAUSTING = [
    "{{ 'a'*10**9 }}",
    "{{ 'a' * 5 }}",
    "{{ [0]*10**9 }}",
    "{{ '%1000000000d'%1 }}",
    "{{ 'a'|center(10**9) }}",
    "{{ 'a\nb'|indent(10**9) }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ 9**9**9 }}",
    "{{ 10**64 }}",
    "{{ (0-8)**0.5 }}",
    "{{ 10**15*10**15 }}",
    "{{ " + "9" * 5000 + " }}",
    "{{ 1e308 * 1e308 }}",
    "{{ 1|round(10**9) }}",
    "{{ 1|money('$', 10**9) }}",
    "{{ 1|tojson(10**9) }}",
    "{{ today|date('%1000000000d') }}",
    "{{ today|date('%Y' * 100) }}",
    "{{ today + 10**14 }}",
    BIG + DOUBLE + "{{ a }}",
    BIG + DOUBLE.replace("~", "+") + "{{ a }}",
    BIG + "{% set a = a|replace('a', a) %}" * 9 + "{{ a|length }}",
    BIG + "{% set a = a|replace('', a) %}" * 9 + "{{ a|length }}",
    "{% set a = [0] %}" + "{% set a = a + a %}" * 40 + "{{ a|length }}",
    "{% set a = [0] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}",
    "{% set a = [0] %}" + "{% set a = [a, a] %}" * 40 + "{{ a|tojson }}",
    "{% set a = [0] %}" + "{% set a = [a, a] %}" * 40 + "{{ a == a }}",
    "{% set a = [0] %}" + "{% set a = [a, a] %}" * 40 + "{{ a|unique|list }}",
    "{% set a = [0] %}" + "{% set a = {'k': a} %}" * 200 + "{{ a }}",
    "{{ ['a'*1]|join(long) }}",
    "{% for i in range(1000) %}{{ long }}{% endfor %}",
    "{{ range(1001) }}",
    "{{ range(10**14) }}",
    "{{ range(0, 10**14, 1) }}",
    "{% for a in range(1000) %}{% for b in range(1000) %}"
    "{% for c in range(1000) %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in range(1000) %}{% for b in range(1000) %}"
    "{{ a }}{{ b }}{% endfor %}{% endfor %}",
    "{% for a in range(1000) %}{% for b in range(1000) %}"
    "{% if 'zz' in long %}x{% endif %}{% endfor %}{% endfor %}",
    "{% for a in range(1000) %}{% for b in range(1000) %}"
    "{% set c = long[1:] %}{% endfor %}{% endfor %}",
    "{% for a in range(1000) %}{% for b in range(1000) %}"
    "{% set c = long|upper|lower %}{% endfor %}{% endfor %}",
    "{% for a in range(1000) %}{% for b in range(1000) %}"
    "{% set c = numbers|sort %}{% endfor %}{% endfor %}",
    "{{ range(1000)|list|selectattr('x', 'in', long)|list }}",
    "{{ rows|tojson|replace('a', long)|replace('b', long) }}",
    "{{ long|list|sort|join(long) }}",
    "{{ ([long]*2) }}",
    "{{ [long, long, long] }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "[" * 5000 + "]" * 5000 + " }}",
    "{{ " + "-" * 20000 + "1 }}",
    "{{ " + "not " * 5000 + "1 }}",
    "{{ a" + ".b" * 20000 + " }}",
    "{{ 1" + "|abs" * 9000 + " }}",
    "{{ 1" + "+1" * 9000 + " }}",
    "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
    "{{ a }}" * 9000,
    "{{ 'a' }}" + "x" * 70_000,
    "{{ '\n'|markdown }}",
    "{{ newlines|markdown|length }}",
]

SCOPE: dict[str, Any] = {
    "x": {"a": 1, "items": [1]},
    "y": {},
    "rows": [{"n": 1, "t": "b"}, {"n": 2, "t": "a"}],
    "long": "a" * 900_000,
    "newlines": "\n" * 900_000,
    "numbers": list(range(1000)),
}

# Run in a process that has 1 GB and 60 s of processor: the net under the net.
UNDER_LIMITS = """
import json, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from datetime import date
from engine.definition.render import render
from engine.errors import TemplateError
given = json.load(sys.stdin)
given["scope"]["today"] = date(2026, 11, 21)
for template in given["templates"]:
    try:
        print(json.dumps([len(render(template, given["scope"])), ""]), flush=True)
    except TemplateError as error:
        print(json.dumps([-1, str(error)]), flush=True)
# Of this program alone: what getrusage tells began with the process that started it.
status = open("/proc/self/status").read()
print(json.dumps(int(status.partition("VmHWM:")[2].split()[0])))
"""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Any]:
    """What became of each attack; the process that tried them, and its memory in kB."""
    templates = REACHING + EXHAUSTING
    process = subprocess.run(
        [sys.executable, "-c", UNDER_LIMITS],
        input=json.dumps({"templates": templates, "scope": SCOPE}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = process.stdout.splitlines()
    assert process.returncode == 0, (templates[len(lines)][:200], process.stderr[-500:])
    found = [json.loads(line) for line in lines]
    return {"memory": found.pop(), **dict(zip(templates, found, strict=True))}


@pytest.mark.parametrize("template", REACHING)
def test_a_template_that_reaches_out_is_refused(
    template: str, outcomes: dict[str, Any]
) -> None:
    size, said = outcomes[template]
    assert (size, bool(said)) == (-1, True)
    assert "object at 0x" not in said


@pytest.mark.parametrize("template", EXHAUSTING, ids=lambda t: t[:40])
def test_a_template_that_exhausts_is_refused_or_stays_small(
    template: str, outcomes: dict[str, Any]
) -> None:
    size, said = outcomes[template]
    assert size <= 2_000_000
    assert said or size >= 0


def test_attacks_take_little_memory(outcomes: dict[str, Any]) -> None:
    assert outcomes["memory"] < 400_000


def test_a_million_turns_of_a_loop_are_fine() -> None:
    loop = (
        "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}"
    )
    assert render(loop + "done", {}) == "done"


def test_the_budget_is_each_rendering_s_own() -> None:
    template = (
        "{% for a in range(1000) %}{% for b in range(900) %}{% endfor %}{% endfor %}x"
    )
    assert [render(template, {}) for _ in range(4)] == ["x"] * 4


PIECES = st.sampled_from(
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "for", "x", "in", "if", "endif", "endfor",
        "else", "set", "with", "endwith", "is", "defined", "not", "and", "or", "|",
        "upper", "join", "sort", "map", "date", "round", "tojson", "default", "items",
        ".", "[", "]", "(", ")", "{", "}", ":", ",", "=", "==", "<", "+", "-", "*",
        "**", "/", "//", "%", "~", "0", "1", "-1", "9999999999", "1.5", "'a'", '"b"',
        "range", "loop", "rows", "none", "true", "_", "__class__", "self", " ", "\n",
        "macro", "raw", "endraw", "é", "\x00", "\ud800",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
    ),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=25), VALUES)
def test_whatever_is_written_ends_in_text_or_a_template_error(
    pieces: list[str], value: Any
) -> None:
    scope = {"x": value, "rows": [value, value]}
    inside = " ".join(pieces)
    for text in (inside, "{{ " + inside + " }}", "{% for x in rows %}" + inside):
        for use in (render, render_value, evaluate, names_with):
            said = refusal(use, text, scope)
            assert said is None or (said.line >= 1 and str(said))


def refusal(use: Callable[..., Any], *given: Any) -> TemplateError | None:
    try:
        use(*given)
    except TemplateError as error:
        return error
    return None


def names_with(text: str, scope: dict[str, Any]) -> object:
    return names(text)


SIGNS = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "~", "<", "==", "in"])


@settings(max_examples=200, deadline=None)
@given(VALUES, SIGNS, VALUES)
def test_any_sign_between_any_values_is_a_value_or_a_template_error(
    left: Any, sign: str, right: Any
) -> None:
    try:
        found = evaluate(f"a {sign} b", {"a": left, "b": right})
    except TemplateError:
        return
    json.dumps(found, allow_nan=False)
