"""Templates and expressions: what they give, and what they say when they can't."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine.definition.render import (
    check_expression,
    check_template,
    evaluate,
    expression_names,
    names,
    render,
    render_value,
)
from engine.errors import TemplateError

SCOPE: dict[str, Any] = {
    "customer": {
        "name": "Acme",
        "arr": 120000,
        "renewal_date": "2027-03-01",
        "items": ["a", "b"],
        "note": None,
    },
    "workflow": {"days_until_renewal": 130},
    "outputs": {"risk": {"risk_score": 80}, "send-gate": {"ok": True}},
    "rows": [{"n": 2, "t": "b"}, {"n": 1, "t": "A"}],
    "result": 5,
    "today": date(2026, 11, 21),
    "now": datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain { text }", "plain { text }"),
        ("Hi {{ customer.name }}", "Hi Acme"),
        ("{{ customer.name }}\n", "Acme\n"),
        (
            "{% for r in rows %}\n{{ loop.index }}: {{ r.t }}\n{% endfor %}",
            "1: b\n2: A\n",
        ),
        ("{{ customer['name'] }} {{ rows[0].n }} {{ rows[-1].n }}", "Acme 2 1"),
        ("{{ outputs['send-gate'].ok }}", "true"),
        ("{{ customer.items }}", '["a", "b"]'),
        ("{{ customer.items() | length }}", "5"),
        ("{% for key, value in customer.items() %}{{ key[0] }}{% endfor %}", "narin"),
        ("{{ customer.note }}", "null"),
        ("{{ customer.zip | default('-') }}", "-"),
        ("{{ customer.note | default('-') }}", "-"),
        ("{{ customer.zip.code | default('-') }}", "-"),
        ("{% if customer.zip is defined %}yes{% else %}no{% endif %}", "no"),
        ("{{ result }} item{{ 's' if result != 1 }}", "5 items"),
        ("{{ 1 }} item{{ 's' if 1 != 1 }}", "1 item"),
        ("{% set big = customer.arr > 1000 %}{{ big }}", "true"),
        ("{% with a = 1 %}{{ a }}{% endwith %}", "1"),
        ("{{ customer.arr | money('$') }} {{ 9.5 | money }}", "$120,000 9.50"),
        ("{{ 0.085 | percent(1) }}", "8.5%"),
        ("{{ today }} {{ now }}", "2026-11-21 2026-11-21T09:30:00+00:00"),
        ("{{ today | date('%d %b %Y') }}", "21 Nov 2026"),
        ("{{ today + 30 }}", "2026-12-21"),
        ("{{ (customer.renewal_date | date) - today }}", "100 days"),
        ("{{ customer.renewal_date | days(today) }}", "100"),
        ("{{ customer.name.upper() }} {{ 'x-y' | replace('-', '+') }}", "ACME x+y"),
        ('{{ "it\'s" | quote }}', "'it'\"'\"'s'"),
        ("{{ 'a b&c' | urlencode }}", "a%20b%26c"),
        ("{{ '*a* [b](c)' | markdown }}", r"\*a\* \[b\]\(c\)"),
        ("{{ '1. x\n- y' | markdown }}", "1\\. x\n\\- y"),
        ("{{ 'one two three' | truncate(9) }}", "one two…"),
        ("{{ 'one two three' | wordcount }}", "3"),
        ("{{ 'a\nb' | indent(2) }}", "a\n  b"),
        ("{{ rows | tojson }}", '[{"n": 2, "t": "b"}, {"n": 1, "t": "A"}]'),
        ("{{ 'a' ~ 1 ~ rows[0].t }}", "a1b"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{{ '{{' }}", "{{"),
    ],
)
def test_a_template_renders(template: str, text: str) -> None:
    assert render(template, SCOPE) == text


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(customer.renewal_date | date - today).days", 100),
        ("120 <= workflow.days_until_renewal <= 149", True),
        ("outputs.risk.risk_score >= 70", True),
        ("customer", SCOPE["customer"]),
        ("result", 5),
        ("today", "2026-11-21"),
        ("[today, {'at': now}]", ["2026-11-21", {"at": "2026-11-21T09:30:00+00:00"}]),
        ("customer.renewal_date | date - today", 100),
        ("rows | map(attribute='n') | list", [2, 1]),
        ("rows | selectattr('n', 'gt', 1) | map(attribute='t') | first", "b"),
        ("rows | rejectattr('n', 'gt', 1) | length", 1),
        ("rows | sort(attribute='t') | map(attribute='t') | join(', ')", "A, b"),
        ("rows | sum(attribute='n') + 1", 4),
        ("rows | max(attribute='n')", {"n": 2, "t": "b"}),
        ("[3, 1, 3, 2] | unique | sort(reverse=true)", [3, 2, 1]),
        ("['b', 'a', 'b'] | unique", ["b", "a"]),
        ("'3' | int + '1.5' | float", 4.5),
        ("'x' | int(0)", 0),
        ("2.345 | round(2)", 2.35),
        ("[7 // 2, 7 % 2, 2 ** 10, -result]", [3, 1, 1024, -5]),
        ("[1] + [2]", [1, 2]),
        ("'b' in rows[0].t and 9 not in [1]", True),
        ("result is odd and result is number and not (result is string)", True),
        ("range(3) | list", [0, 1, 2]),
        ("customer.name[0:2]", "Ac"),
        ("customer.missing.deep is defined and customer.missing.deep", False),
        ("none", None),
    ],
)
def test_an_expression_has_a_value(expression: str, value: object) -> None:
    found = evaluate(expression, SCOPE)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("template", "line", "said"),
    [
        (
            "a\n\n{{ customer.ar }}",
            3,
            "`customer.ar` is missing; there is `customer.arr`",
        ),
        (
            "{{ customer.address.city }}",
            1,
            "`customer.address.city` is missing: there is no `customer.address`",
        ),
        ("{{ nope.x }}", 1, "`nope.x` is missing: there is no `nope`"),
        ("{{ nope }}", 1, "`nope` is missing"),
        ("{{ rows[7].n }}", 1, "`rows[7].n` is missing: there is no `rows[7]`"),
        ("{{ rows[result] }}", 1, "`rows[5]` is missing"),
        ("{% for r in rows %}\n{{ r.x }}{% endfor %}", 2, "`r.x` is missing"),
        ("{% if customer.vip %}x{% endif %}", 1, "`customer.vip` is missing"),
        ("{{ customer.vip == 1 }}", 1, "`customer.vip` is missing"),
        ("{{ nope is string }}", 1, "`nope` is missing"),
        ("{{ 1 / 0 }}", 1, "`/` by zero"),
        ("{{ 1 % 0 }}", 1, "`%` by zero"),
        ("{{ customer.name < 3 }}", 1, "`<` can't compare text with a number"),
        (
            "{{ customer.renewal_date > today }}",
            1,
            "`>` can't compare text with a date",
        ),
        (
            "{{ 'a' + 1 }}",
            1,
            "`+` can't add text and a number; `~` joins as text",
        ),
        ("{{ x | uper }}", 1, "there is no filter `uper`; `upper`?"),
        ("{{ x is defned }}", 1, "there is no test `defned`; `defined`?"),
        ("{{ 'soon' | date }}", 1, "`soon` is not a date; write it as 2027-03-01"),
        ("{{ 'soon' | int }}", 1, "`soon` is not a number"),
        ("{{ [] | first }}", 1, "an empty list has no first item"),
        (
            "{% for x in 3 %}{% endfor %}",
            1,
            "a loop needs a list, and this is a number",
        ),
        ("{{ now + 10**9 }}", 1, "a number or a date is too large"),
        ("a\n{% if %}", 2, "a value is missing before `%}`"),
        ("{{ 'x' | replace('x') }}", 1, "`replace` lacks `new`"),
        ("{{ 'x' | upper(1, 2) }}", 1, "`upper` is given more than it takes"),
        ("{{ 'x' | int(base=9) }}", 1, "`int` takes no `base`"),
    ],
)
def test_an_error_names_what_is_wrong_and_the_line(
    template: str, line: int, said: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        render(template, SCOPE)
    assert str(caught.value).startswith(said)
    assert caught.value.line == line


def test_an_expression_is_written_without_braces() -> None:
    with pytest.raises(TemplateError, match="stands by itself, without"):
        check_expression("{{ a }}")
    with pytest.raises(TemplateError, match="`b` follows a whole expression"):
        check_expression("a b")


def test_checking_finds_what_rendering_would_refuse() -> None:
    check_template("Hi {{ anyone }}")
    check_expression("anything > 3")
    with pytest.raises(TemplateError, match="`include` is not allowed"):
        check_template("{% include 'x' %}")


def test_a_value_that_is_one_expression_keeps_its_type() -> None:
    value = {
        "arr": "{{ customer.arr }}",
        "rows": "  {{ rows }}\n",
        "text": "{{ customer.arr }} a year",
        "list": ["{{ today }}", 7, None, "plain"],
    }
    assert render_value(value, SCOPE) == {
        "arr": 120000,
        "rows": SCOPE["rows"],
        "text": "120000 a year",
        "list": ["2026-11-21", 7, None, "plain"],
    }


def test_what_leaves_an_expression_is_a_copy() -> None:
    found = evaluate("customer", SCOPE)
    found["name"] = "changed"
    assert SCOPE["customer"]["name"] == "Acme"


READS = """{{ customer.arr }}{% for r in rows if r.n > floor %}
{{ r.n }}{{ loop.index }}{{ data.usage[0].x }}{% endfor %}
{% set q = outputs["send-gate"].ok %}{{ q }}{{ z | default(y) }}
{% if w is defined %}{{ w.u }}{% endif %}{{ customer.name.upper() }}"""


def test_names_are_those_read_from_the_scope() -> None:
    assert names(READS) == {
        ("customer", "arr"),
        ("customer", "name"),
        ("rows",),
        ("floor",),
        ("data", "usage"),
        ("outputs", "send-gate", "ok"),
        ("z",),
        ("y",),
        ("w",),
        ("w", "u"),
    }
    assert names("nothing here") == set()


def test_certain_names_have_nothing_to_fall_back_on() -> None:
    assert names(READS, certain=True) == {
        ("customer", "arr"),
        ("customer", "name"),
        ("rows",),
        ("outputs", "send-gate", "ok"),
    }
    assert expression_names("a.b > 1 and c.d", certain=True) == {("a", "b")}
    assert expression_names("a.b > 1 and c.d") == {("a", "b"), ("c", "d")}
    assert expression_names("a[b.c].d if e else f") == {
        ("a",),
        ("b", "c"),
        ("e",),
        ("f",),
    }


def test_a_loop_s_names_end_with_the_loop() -> None:
    template = "{% for r in rows %}{{ r }}{% endfor %}{{ r }}"
    assert names(template) == {("rows",), ("r",)}
