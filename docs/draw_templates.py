"""Draws docs/template-reference.md from the code of templates (`make docs`)."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.definition import examples
from engine.definition.checks import names as known
from engine.definition.examples import Example
from engine.definition.filters import FILTERS, METHODS, TESTS
from engine.definition.filters.table import Call
from engine.definition.template_values import ATTRIBUTES, as_json

HEAD = """# Template reference

Drawn by `make docs` from the code; every example is run by a test. How to write a
template stands in [Templates](templates.md). The examples read these names:

"""
# What stands under a name, where it is always the same.
HOLDS: Mapping[str, tuple[str, ...]] = {
    "run": known.RUN,
    "project": known.PROJECT,
    "workflow": known.WORKFLOW,
    "artifacts": known.DOCUMENT,
    "decisions": known.DECISION,
    "branches": known.OF_A_BRANCH,
    "errors": known.OF_AN_ERROR,
}
ATTRIBUTES_HEAD = """## Dates, times and loops

Of these values a template can read so much more:

| of | names | example | result |
|---|---|---|---|
"""


def page() -> str:
    """The whole page, as it should stand in docs/."""
    parts = [
        HEAD + scope(),
        "## Names\n\n" + names(),
        "## Filters\n\nWritten `value | filter(argument)`.\n\n"
        + calls("filter", FILTERS, examples.FILTERS, "{}"),
        "## Tests\n\nWritten `value is test(argument)`; by name, all but "
        "`divisibleby` can be given to `selectattr` and `rejectattr`.\n\n"
        + calls("test", TESTS, examples.TESTS, "{}"),
        "## Functions\n\n" + functions(),
        "## Methods\n\nA few that people expect, on text, objects and dates.\n\n"
        + calls("method", METHODS, examples.METHODS, ".{}"),
        ATTRIBUTES_HEAD + attributes(),
    ]
    return "\n".join(parts)


def scope() -> str:
    read = {name: examples.SCOPE[name] for name in ("customer", "rows")}
    lines = "".join(f"{name}: {as_json(value)}\n" for name, value in read.items())
    return f"```yaml\n{lines}today: 2027-01-15\n```\n"


def names() -> str:
    rows = "".join(
        f"| {code(name)} | {about.says} | {codes(HOLDS.get(name, ()))} "
        f"| {code(about.example.text)} | {code(as_json(about.example.gives))} |\n"
        for name, about in examples.NAMES.items()
    )
    return f"| name | is | each has | example | result |\n|---|---|---|---|---|\n{rows}"


def functions() -> str:
    rows = "".join(
        row(code(name), about.says, about.example)
        for name, about in examples.FUNCTIONS.items()
    )
    return f"| function | gives | example | result |\n|---|---|---|---|\n{rows}"


def calls(
    what: str, table: Mapping[str, Call], tried: Mapping[str, Example], form: str
) -> str:
    """`form` is how a name is written; a method's brackets stand there always."""
    method = form.startswith(".")
    gives = "is true when" if what == "test" else "gives"
    rows = "".join(
        row(
            code(form.format(name) + (arguments(table[name]) or "()" * method)),
            says(table[name]),
            example,
        )
        for name, example in sorted(tried.items())
    )
    return f"| {what} | {gives} | example | result |\n|---|---|---|---|\n{rows}"


def says(call: Call) -> str:
    """The first paragraph of what is said of a function, on one line."""
    return " ".join((call.__doc__ or "").split("\n\n")[0].split())


def arguments(call: Call) -> str:
    """`(width=4, first=false)`: what is given besides the value itself."""
    given = list(inspect.signature(call).parameters.values())[1:]
    return f"({', '.join(map(argument, given))})" if given else ""


def argument(given: inspect.Parameter) -> str:
    # Python's operators call what they compare with `b`.
    name = "than" if given.name == "b" else given.name
    if given.default in (inspect.Parameter.empty, None):
        return name + ("=null" if given.default is None else "")
    return f"{name}={json.dumps(given.default, ensure_ascii=False)}"


def attributes() -> str:
    rows = ""
    for kind, found in ATTRIBUTES.items():
        of, example = examples.ATTRIBUTES[kind.__name__]
        rows += row(of, codes(sorted(found)), example)
    return rows


def row(name: str, about: str, example: Example) -> str:
    given = code(as_json(example.gives))
    return f"| {name} | {about} | {code(example.text)} | {given} |\n"


def codes(names: Iterable[str]) -> str:
    return " ".join(map(code, names))


def code(text: str) -> str:
    """A text between backticks, which a cell of a table can hold."""
    shown = text.replace("|", "\\|").replace("\n", "\\n")
    return f"`{shown}`"


if __name__ == "__main__":
    Path(__file__).with_name("template-reference.md").write_text(page())
