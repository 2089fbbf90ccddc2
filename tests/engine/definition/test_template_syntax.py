"""What can't be read as a template is told in words of ours, not in Jinja's."""

from __future__ import annotations

import pytest

from engine.definition.render import compile_expression, compile_template
from engine.definition.template_syntax import in_words
from engine.errors import TemplateError

TEMPLATES = {
    "{{ a b }}": "`b` follows a whole expression; a sign before it is missing, or `}}`",
    "{{ a 3 }}": "a number follows a whole expression; a sign before it is missing",
    "{% for x in a b %}": "`b` follows a whole expression; a sign before it is missing",
    "{{ a = b }}": "`=` can't follow here; `==` compares",
    "{{ a": "a `{{` is never closed; write `}}`",
    "{% if a": "a `{%` is never closed; write `%}`",
    "{# a": "a `{#` is never closed; write `#}`",
    "{{ a }": "`}` closes nothing here; `}}` or `%}` does",
    "{{ }}": "a value is missing before `}}`",
    "{% if a == %}x{% endif %}": "a value is missing before `%}`",
    "{{ a | }}": "a name is missing before `}}`",
    "{{ (a }}": "`)` is missing before `}`",
    "{{ a) }}": "`)` can't stand here",
    "{{ f(a b) }}": "`,` is missing before `b`",
    "{{ $a }}": "`$` can't stand here; put text in quotes",
    "{{ 'a }}": "a quote is never closed",
    "{{ a && b }}": "`&` means nothing; write `and`",
    "{{ a || b }}": "`||` means nothing; write `or`",
    "{{ !a }}": "`!` means nothing; write `not`, or `!=`",
    "{{ a ? b : c }}": "`?` means nothing; write `this if condition else that`",
    "{% for x %}{% endfor %}": "`in` is missing before `%}`",
    "{% if a %}x": "`{% if %}` is never closed; write `{% endif %}`",
    "{% for x in a %}{% endif %}": "`{% endif %}` does not belong to the `{% for %}`",
    "{% if a %}{% for b in c %}{% endif %}": "`{% endif %}` does not belong to the",
    "{% endif %}": "`{% endif %}` belongs to nothing before it",
    "{% if a %}{% foo %}{% endif %}": "there is no `{% foo %}`; known: for, if, set",
    "{% %}": "`{%` is followed by no tag; known: for, if, set, with",
    "{% set 1 = 2 %}": "only a name can be set",
    "{{ a. }}": "a name is missing after the `.`",
    "{{ a is b is c }}": "`is` stands here twice; join two tests with `and`",
    "{{ f(a=1, 2) }}": "in a call, what has a name comes last",
}
EXPRESSIONS = {
    "": "a value is missing at the end",
    "a and": "a value is missing at the end",
    "(a": "`)` is missing at the end",
    "a[0": "a bracket is never closed",
    "a | ": "a name is missing at the end",
}


@pytest.mark.parametrize(("text", "said"), TEMPLATES.items())
def test_a_template_says_what_is_wrong_in_it(text: str, said: str) -> None:
    with pytest.raises(TemplateError) as refused:
        compile_template(text)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(("text", "said"), EXPRESSIONS.items())
def test_an_expression_says_what_is_wrong_in_it(text: str, said: str) -> None:
    with pytest.raises(TemplateError) as refused:
        compile_expression(text)
    assert str(refused.value) == said


def test_what_jinja_says_otherwise_stands_behind_words_of_ours() -> None:
    assert in_words("odd thing") == "this is no template (odd thing)"
