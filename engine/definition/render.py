"""Turning templates and expressions into text and values, within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import TracebackType
from typing import Any, NamedTuple, NoReturn

from jinja2 import TemplateError as JinjaError
from jinja2 import TemplateSyntaxError, UndefinedError, nodes, pass_context
from jinja2.environment import Template
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from engine.definition.base import Json
from engine.definition.filters import FILTERS, MACHINERY, TESTS, arithmetic
from engine.definition.template_names import Path, names_of
from engine.definition.template_rules import check_source, check_tree, make_safe
from engine.definition.template_syntax import in_words
from engine.definition.template_values import (
    MAX_OUTPUT,
    SCALARS,
    Missing,
    Reading,
    Refused,
    measure,
    plain,
    show,
    weigh,
)
from engine.errors import TemplateError

Scope = dict[str, Any]

# What rendering may end in. SyntaxError and MemoryError: Python compiles what Jinja
# wrote, and refuses what is nested beyond its own limits.
FAILURES = (
    JinjaError,
    RecursionError,
    ArithmeticError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    SyntaxError,
    MemoryError,
)

RESULT = "_result"  # a name no template can say


class Sandbox(SandboxedEnvironment):
    """Jinja with nothing in reach: no globals, calls or attributes."""

    context_class = Reading
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"-", "+"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        assert isinstance(context, Reading)
        return arithmetic(context, operator, left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        assert isinstance(context, Reading)
        return arithmetic(context, operator, 0, arg)

    # The rewritten tree has none of these. They stand here for the day it should.

    def getattr(self, obj: Any, attribute: str) -> NoReturn:
        raise Refused(f"`{attribute}` is not allowed in a template")

    def getitem(self, obj: Any, argument: Any) -> NoReturn:
        raise Refused(f"`{argument}` is not allowed in a template")

    def is_safe_callable(self, obj: Any) -> bool:
        return False


@pass_context
def shown(context: Reading, value: Any) -> str:
    """What `{{ value }}` puts into the text."""
    return value if isinstance(value, str) else show(weigh(context, value))


def make_sandbox() -> Sandbox:
    sandbox = Sandbox(
        undefined=Missing,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=shown,
        autoescape=False,
        cache_size=0,
    )
    sandbox.globals.clear()
    sandbox.filters = {**FILTERS, **MACHINERY}
    sandbox.tests = dict(TESTS)
    return sandbox


SANDBOX = make_sandbox()


class Compiled(NamedTuple):
    """A checked template, ready to run, and the names it reads."""

    run: Callable[[Context], Iterator[str]]
    template: Template
    read: frozenset[Path]
    certain: frozenset[Path]


def is_template(text: str) -> bool:
    """Whether a text holds anything to render at all."""
    return "{" in text and ("{{" in text or "{%" in text or "{#" in text)


def render(template: str, scope: Scope) -> str:
    """The text a template makes of a scope. Raises TemplateError."""
    if not is_template(template):
        return template
    compiled = compile_template(template)
    context = Reading(SANDBOX, scope, None, {})
    try:
        return _collect(compiled.run(context))
    except FAILURES as error:
        raise explained(error, compiled.template) from None


def _collect(parts: Iterator[str]) -> str:
    made, size = [], 0
    for part in parts:
        made.append(part)
        size += len(part)
        if size > MAX_OUTPUT:
            raise Refused("the template makes too much text (2 MB)")
    return "".join(made)


def evaluate(expression: str, scope: Scope) -> Json:
    """The value of an expression, as JSON has it: dates leave as ISO text.

    Raises TemplateError, also when a name it needs is missing.
    """
    return _value(compile_expression(expression), scope)


def _value(compiled: Compiled, scope: Scope) -> Json:
    context = Reading(SANDBOX, scope, None, {})
    try:
        for _ in compiled.run(context):
            pass
        value = context.vars[RESULT]
        if type(value) in SCALARS and type(value) is not float:
            return value
        measure(value)
        return plain(value)
    except FAILURES as error:
        raise explained(error, compiled.template) from None


def render_value(value: Json, scope: Scope) -> Json:
    """Every text in a value rendered. One that is a single `{{ … }}` keeps its type."""
    if isinstance(value, str):
        if not is_template(value):
            return value
        single = compile_single(value)
        return render(value, scope) if single is None else _value(single, scope)
    if isinstance(value, dict):
        return {key: render_value(item, scope) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [render_value(item, scope) for item in value]
    return value


def check_template(template: str) -> None:
    """Raise TemplateError when the text is not a template that may run."""
    if is_template(template):
        compile_template(template)


def check_expression(expression: str) -> None:
    """Raise TemplateError when the text is not an expression that may run."""
    compile_expression(expression)


def names(template: str, *, certain: bool = False) -> set[Path]:
    """The dotted names a template reads: {("customer", "arr"), …}.

    With `certain`, only those that rendering is sure to need: nothing behind a
    condition, in a loop's body, or with `default` or `is defined` to fall back on.
    """
    if not is_template(template):
        return set()
    compiled = compile_template(template)
    return set(compiled.certain if certain else compiled.read)


def expression_names(expression: str, *, certain: bool = False) -> set[Path]:
    """The dotted names an expression reads; `certain` as in `names`."""
    compiled = compile_expression(expression)
    return set(compiled.certain if certain else compiled.read)


# Keyed by the text itself: the same text is the same template, in any workspace.


@lru_cache(maxsize=2048)
def compile_template(source: str) -> Compiled:
    check_source(source)
    try:
        return _build(SANDBOX.parse(source))
    except FAILURES as error:
        raise explained(error) from None


@lru_cache(maxsize=2048)
def compile_expression(source: str) -> Compiled:
    check_source(source)
    try:
        expression = _parse_expression(source)
        return _build(_printing(expression), expression)
    except FAILURES as error:
        raise explained(error) from None


@lru_cache(maxsize=2048)
def compile_single(source: str) -> Compiled | None:
    """The expression of a template that is one `{{ … }}` and nothing else."""
    check_source(source)
    try:
        tree = SANDBOX.parse(source.strip())
        match tree.body:
            case [nodes.Output(nodes=[nodes.Expr() as only])]:
                single = not isinstance(only, nodes.TemplateData)
                return _build(tree, only) if single else None
        return None
    except FAILURES as error:
        raise explained(error) from None


def _parse_expression(source: str) -> nodes.Expr:
    if source.lstrip().startswith("{{"):
        raise TemplateError("an expression stands by itself, without {{ and }}")
    parser = Parser(SANDBOX, source, state="variable")
    expression = parser.parse_expression()
    if not parser.stream.eos:
        token = parser.stream.current
        raise TemplateError(f"`{token.value}` follows a whole expression", token.lineno)
    return expression


def _printing(expression: nodes.Expr) -> nodes.Template:
    line = expression.lineno
    return nodes.Template([nodes.Output([expression], lineno=line)], lineno=1)


def _build(tree: nodes.Template, expression: nodes.Expr | None = None) -> Compiled:
    """Check a tree and compile it; an expression's value is kept, not printed."""
    check_tree(tree)
    read, certain = names_of(tree)
    if expression is not None:
        line = expression.lineno
        target = nodes.Name(RESULT, "store", lineno=line)
        tree.body = [nodes.Assign(target, expression, lineno=line)]
    code = SANDBOX.compile(make_safe(tree, SANDBOX))
    template = Template.from_code(SANDBOX, code, {})
    return Compiled(template.root_render_func, template, read, certain)


# Explaining


def explained(error: BaseException, template: Template | None = None) -> TemplateError:
    """Any failure as a sentence with the line it happened on."""
    line = 1
    if isinstance(error, TemplateSyntaxError):
        line = error.lineno
    elif template is not None:
        line = _line(error.__traceback__, template)
    return TemplateError(_sentence(error), line, isinstance(error, UndefinedError))


def _line(trace: TracebackType | None, template: Template) -> int:
    line = 1
    while trace is not None:
        if "__jinja_template__" in trace.tb_frame.f_globals:
            line = template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return line


# What Python says of a filter, a test or a method that is given what it doesn't take.
CALLED = (
    (r"(\w+?)_?\(\) missing .*: (.+)", r"`\1` lacks \2"),
    (r"(\w+?)_?\(\) takes ", r"`\1` is given more than it takes"),
    (r"(\w+?)_?\(\) got an unexpected .* ('.+')", r"`\1` takes no \2"),
)
UNORDERED = re.compile(r"'(..?)' not supported .* of '(.*)' and '(.*)'")
WORDS = {
    **dict.fromkeys(("int", "float"), "a number"),
    **dict.fromkeys(("list", "tuple", "range"), "a list"),
    "str": "text",
    "bool": "a boolean",
    "NoneType": "null",
    "dict": "an object",
    "datetime.date": "a date",
    "datetime.datetime": "a time",
    "datetime.timedelta": "a length of time",
}


def _sentence(error: BaseException) -> str:
    if isinstance(error, (RecursionError, MemoryError, SyntaxError)):
        return "the template is nested too deeply"
    if isinstance(error, OverflowError):
        return "a number or a date is too large"
    if isinstance(error, TemplateSyntaxError):
        return in_words(str(error.message))
    said = str(error) or type(error).__name__
    if found := UNORDERED.match(said):
        sign, left, right = (WORDS.get(word, word) for word in found.groups())
        return f"`{sign}` can't compare {left} with {right}"
    for pattern, words in CALLED:
        if found := re.match(pattern, said):
            return found.expand(words).replace("'", "`")
    return said
