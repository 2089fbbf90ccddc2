"""Every thing that a template may use has a sentence and an example that is true."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.definition import examples
from engine.definition.checks.names import ROOTS, TURN
from engine.definition.examples import Example, Said, tried
from engine.definition.filters import FILTERS, METHODS, TESTS
from engine.definition.filters.table import Call
from engine.definition.template_values import ATTRIBUTES

CALLS = [
    ("filters", FILTERS, examples.FILTERS),
    ("tests", TESTS, examples.TESTS),
    ("methods", METHODS, examples.METHODS),
]
SAID: tuple[Mapping[str, Said], ...] = (examples.NAMES, examples.FUNCTIONS)
ALL = [
    *(example for _, _, table in CALLS for example in table.values()),
    *(about.example for table in SAID for about in table.values()),
    *(example for _, example in examples.ATTRIBUTES.values()),
]


@pytest.mark.parametrize("example", ALL, ids=lambda example: example.text)
def test_an_example_gives_what_the_reference_says(example: Example) -> None:
    found = tried(example)
    assert (type(found), found) == (type(example.gives), example.gives)


@pytest.mark.parametrize(("what", "there", "shown"), CALLS)
def test_nothing_that_can_be_called_lacks_an_example(
    what: str, there: Mapping[str, Call], shown: Mapping[str, Example]
) -> None:
    assert sorted(there) == sorted(shown), what


@pytest.mark.parametrize(("what", "there", "shown"), CALLS)
def test_an_example_uses_what_it_stands_for(
    what: str, there: Mapping[str, Call], shown: Mapping[str, Example]
) -> None:
    signs = {"filters": "| {}", "tests": "is {}", "methods": ".{}("}
    for name, example in shown.items():
        assert signs[what].format(name) in example.text


@pytest.mark.parametrize(("what", "there", "shown"), CALLS)
def test_nothing_that_can_be_called_lacks_a_sentence(
    what: str, there: Mapping[str, Call], shown: Mapping[str, Example]
) -> None:
    assert [name for name, call in there.items() if not call.__doc__] == []


def test_no_name_lacks_an_example() -> None:
    assert sorted(examples.NAMES) == sorted((*ROOTS, TURN))


def test_no_value_that_can_be_looked_into_lacks_an_example() -> None:
    assert {kind.__name__ for kind in ATTRIBUTES} == {*examples.ATTRIBUTES}
