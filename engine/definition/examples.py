"""What templates may use, each with an example and its result, for the reference.

A test holds the tables to what there is, and runs every example over SCOPE. An
example is an expression; one that holds `{{` or `{%` is a template.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from engine.definition.base import Json
from engine.definition.render import Scope, evaluate, is_template, render


class Example(NamedTuple):
    """A text of a definition, and what it gives."""

    text: str
    gives: Json


class Said(NamedTuple):
    """What has no function to say it: a name, with its sentence and its example."""

    says: str
    example: Example


def tried(example: Example) -> Json:
    """What an example really gives."""
    work = render if is_template(example.text) else evaluate
    return work(example.text, SCOPE)


# What the examples read.
SCOPE: Scope = {
    "customer": {"name": "Ana", "renewal_date": "2027-03-01"},
    "rows": [{"sku": "b", "n": 3}, {"sku": "a", "n": 1}, {"sku": "a", "n": 3}],
    "inputs": {"lines": 3},
    "outputs": {"risk": {"score": 71}, "send-gate": {}, "send_gate": {}},
    "artifacts": {"brief": {"title": "Brief", "path": "out/brief.md"}},
    "decisions": {"review": {"choice": "rework", "by": "ana"}},
    "branches": {"market": {"status": "succeeded", "summary": "calm"}},
    "errors": {"fetch": {"kind": "timeout", "message": "no answer in 60s"}},
    "run": {"id": "01k", "started_at": "2027-01-15T09:30:00+00:00"},
    "project": {"name": "renewals"},
    "workflow": {"name": "renewal-prepare", "title": "Prepare a renewal"},
    "today": date(2027, 1, 15),
    "now": datetime(2027, 1, 15, 9, 30, tzinfo=UTC),
    "env": {"REGION": "eu"},
    "secrets": {"jira": "…"},
    "item": "us",
    "turn": {"key": "us", "number": 2, "of": 3},
}

NAMES: dict[str, Said] = {
    "inputs": Said(
        "What the run was given; inside a step template or a source, what `with` gave.",
        Example("inputs.lines", 3),
    ),
    "outputs": Said(
        "What a step left on its newest finished visit.",
        Example("outputs.risk.score >= 70", True),
    ),
    "artifacts": Said(
        "A document that a step left.", Example("artifacts.brief.title", "Brief")
    ),
    "decisions": Said(
        "The answer to a gate.", Example("decisions.review.choice", "rework")
    ),
    "branches": Said(
        "Where a branch of a `parallel` step stands.",
        Example("branches.market.summary", "calm"),
    ),
    "errors": Said(
        "Why a step failed when it was last come to.",
        Example("{{ errors.fetch.message }}", "no answer in 60s"),
    ),
    "run": Said("The run itself.", Example("run.id", "01k")),
    "project": Said(
        "The project that the run belongs to.", Example("project.name", "renewals")
    ),
    "workflow": Said(
        "The workflow, and what context adds to it.",
        Example("workflow.name", "renewal-prepare"),
    ),
    "today": Said(
        "The date, in UTC.",
        Example("today | string", "2027-01-15"),
    ),
    "now": Said("The time, in UTC.", Example("now.hour", 9)),
    "env": Said(
        "A variable of the runner's environment that `weir.toml` lists under `env`.",
        Example("env.REGION", "eu"),
    ),
    "secrets": Said(
        "What `[secrets]` of `weir.toml` names, where nobody sees what is made of it.",
        Example("Basic {{ secrets.jira }}", "Basic …"),
    ),
    "turn": Said(
        "Which turn of a `for_each` it is, inside of it.",
        Example("{{ turn.number }} of {{ turn.of }}", "2 of 3"),
    ),
}

FUNCTIONS: dict[str, Said] = {
    "range(first, stop, step)": Said(
        "Whole numbers, at most 1,000: up to `first`, or from it to before `stop`.",
        Example("range(1, 4)", [1, 2, 3]),
    ),
}

FILTERS: dict[str, Example] = {
    "abs": Example("-3 | abs", 3),
    "capitalize": Example("'ana LEE' | capitalize", "Ana lee"),
    "count": Example("rows | count", 3),
    "date": Example("customer.renewal_date | date('%d %b %Y')", "01 Mar 2027"),
    "days": Example("customer.renewal_date | days(today)", 45),
    "default": Example("customer.nickname | default(customer.name)", "Ana"),
    "first": Example("[7, 8, 9] | first", 7),
    "float": Example("'9.5' | float", 9.5),
    "indent": Example("'a\\nb' | indent(2)", "a\n  b"),
    "int": Example("'many' | int(0)", 0),
    "items": Example("{'a': 1} | items", [["a", 1]]),
    "join": Example("rows | join(', ', attribute='sku')", "b, a, a"),
    "keys": Example("{'a': 1, 'b': 2} | keys", ["a", "b"]),
    "last": Example("[7, 8, 9] | last", 9),
    "length": Example("'Ana' | length", 3),
    "lines": Example("'a\\nb' | lines", ["a", "b"]),
    "list": Example("'Ana' | list", ["A", "n", "a"]),
    "lower": Example("'Ana' | lower", "ana"),
    "map": Example("rows | map('sku')", ["b", "a", "a"]),
    "markdown": Example("'2 * 3' | markdown", "2 \\* 3"),
    "max": Example("[3, 1, 2] | max", 3),
    "min": Example("rows | min('n')", {"sku": "a", "n": 1}),
    "money": Example("120000 | money('$')", "$120,000"),
    "percent": Example("0.08 | percent", "8%"),
    "quote": Example('"it\'s here; rm x" | quote', "'it'\"'\"'s here; rm x'"),
    "rejectattr": Example("rows | rejectattr('n', 'eq', 3)", [{"sku": "a", "n": 1}]),
    "replace": Example("'a-b-c' | replace('-', '+')", "a+b+c"),
    "reverse": Example("[1, 2, 3] | reverse", [3, 2, 1]),
    "round": Example("2.345 | round(1)", 2.3),
    "selectattr": Example(
        "rows | selectattr('n', 'gt', 2)", [{"sku": "b", "n": 3}, {"sku": "a", "n": 3}]
    ),
    "sort": Example("['b', 'C', 'a'] | sort", ["a", "b", "C"]),
    "split": Example("'a,b' | split(',')", ["a", "b"]),
    "string": Example("[1, 2] | string", "[1, 2]"),
    "sum": Example("rows | sum('n')", 7),
    "title": Example("'prepare a renewal' | title", "Prepare A Renewal"),
    "tojson": Example("{'a': true} | tojson", '{"a": true}'),
    "trim": Example("'  Ana ' | trim", "Ana"),
    "truncate": Example("'Prepare a renewal' | truncate(10)", "Prepare a…"),
    "unique": Example("['b', 'a', 'b'] | unique", ["b", "a"]),
    "upper": Example("'Ana' | upper", "ANA"),
    "urlencode": Example("'a b/c' | urlencode", "a%20b%2Fc"),
    "values": Example("{'a': 1, 'b': 2} | values", [1, 2]),
    "wordcount": Example("'Prepare a renewal' | wordcount", 3),
}

TESTS: dict[str, Example] = {
    "boolean": Example("true is boolean", True),
    "defined": Example("customer.nickname is defined", False),
    "divisibleby": Example("9 is divisibleby(3)", True),
    "eq": Example("3 is eq(3)", True),
    "equalto": Example("3 is equalto(4)", False),
    "even": Example("3 is even", False),
    "false": Example("0 is false", False),
    "float": Example("2.0 is float", True),
    "ge": Example("3 is ge(3)", True),
    "greaterthan": Example("3 is greaterthan(3)", False),
    "gt": Example("3 is gt(2)", True),
    "in": Example("'a' is in(['a', 'b'])", True),
    "integer": Example("2.0 is integer", False),
    "iterable": Example("customer is iterable", True),
    "le": Example("3 is le(2)", False),
    "lessthan": Example("2 is lessthan(3)", True),
    "lt": Example("2 is lt(3)", True),
    "mapping": Example("customer is mapping", True),
    "ne": Example("3 is ne(4)", True),
    "none": Example("none is none", True),
    "null": Example("'' is null", False),
    "number": Example("'3' is number", False),
    "odd": Example("3 is odd", True),
    "sequence": Example("rows is sequence", True),
    "string": Example("customer.name is string", True),
    "true": Example("1 is true", False),
    "undefined": Example("customer.nickname is undefined", True),
}

METHODS: dict[str, Example] = {
    "capitalize": Example("'ana'.capitalize()", "Ana"),
    "endswith": Example("'a.md'.endswith('.md')", True),
    "get": Example("customer.get('nickname', 'none')", "none"),
    "isoformat": Example("today.isoformat()", "2027-01-15"),
    "items": Example("{'a': 1}.items()", [["a", 1]]),
    "keys": Example("{'a': 1}.keys()", ["a"]),
    "lower": Example("'Ana'.lower()", "ana"),
    "replace": Example("'a-b'.replace('-', '+')", "a+b"),
    "split": Example("'a b'.split()", ["a", "b"]),
    "splitlines": Example("'a\\nb'.splitlines()", ["a", "b"]),
    "startswith": Example("'Ana'.startswith('A')", True),
    "strftime": Example("today.strftime('%d.%m.')", "15.01."),
    "strip": Example("' Ana '.strip()", "Ana"),
    "title": Example("'a renewal'.title()", "A Renewal"),
    "upper": Example("'Ana'.upper()", "ANA"),
    "values": Example("{'a': 1}.values()", [1]),
}

# What can be read of a value that is not data: by kind, as in ATTRIBUTES.
ATTRIBUTES: dict[str, tuple[str, Example]] = {
    "datetime": ("a time", Example("now.minute", 30)),
    "date": ("a date", Example("today.year", 2027)),
    "timedelta": (
        "a length of time",
        Example("(customer.renewal_date | date - today).days", 45),
    ),
    "LoopContext": (
        "`loop`, inside of a loop",
        Example(
            "{% for row in rows %}{{ loop.index }}{{ row.sku }} {% endfor %}",
            "1b 2a 3a ",
        ),
    ),
}
