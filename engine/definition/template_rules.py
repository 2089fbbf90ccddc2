"""What a template may say, checked on its syntax tree, and the tree made safe to run.

The tree is checked against an allow-list; then every path, subscript, call, loop,
comparison and joined text becomes a bounded call of ours. No attribute of a Python
object is ever looked up by a name from a template, and nothing it holds is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import cast

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer

from engine.definition.filters import FILTERS, METHODS, TESTS
from engine.errors import TemplateError

MAX_SOURCE = 64_000
MAX_NODES = 10_000
MAX_LOOPS = 2

ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const,
    nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg,
    nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv,
    nodes.Mod, nodes.Pow, nodes.Concat, nodes.CondExpr, nodes.List, nodes.Tuple,
    nodes.Dict, nodes.Pair, nodes.Keyword, nodes.For, nodes.If, nodes.Assign,
    nodes.With, nodes.Call,
)  # fmt: skip

# What people try, and what to say to it.
REFUSED: dict[type[nodes.Node], str] = {
    nodes.Macro: "`macro` is not allowed in a template",
    nodes.CallBlock: "`call` is not allowed in a template",
    nodes.Include: "`include` is not allowed in a template",
    nodes.Import: "`import` is not allowed in a template",
    nodes.FromImport: "`import` is not allowed in a template",
    nodes.Extends: "`extends` is not allowed in a template",
    nodes.Block: "`block` is not allowed in a template",
    nodes.FilterBlock: "`filter` blocks are not allowed; use `| filter` on a value",
    nodes.AssignBlock: "a `set` block is not allowed; write {% set name = value %}",
    nodes.NSRef: "`namespace` is not allowed in a template",
}

# Names that Jinja gives a meaning of its own.
RESERVED = frozenset({"self", "super", "caller", "varargs", "kwargs"})


def check_source(source: str) -> None:
    if len(source) > MAX_SOURCE:
        raise TemplateError("the template is too long (64 kB)")


def check_tree(tree: nodes.Node) -> None:
    """Raise TemplateError at the first thing that a template may not say."""
    for count, (node, loops) in enumerate(_walk(tree)):
        if count > MAX_NODES:
            raise TemplateError("the template is too long to be one", node.lineno)
        said = _refusal(node, loops)
        if said:
            raise TemplateError(said, node.lineno or 1)


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Each node with how many loops stand around it, and itself one, without recursion.

    What is called is told by the call, not again by its name.
    """
    waiting = [(tree, 0)]
    while waiting:
        node, loops = waiting.pop()
        loops += isinstance(node, nodes.For)
        yield node, loops
        inside = list(node.iter_child_nodes())
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
            inside = inside[1:]
        waiting.extend((child, loops) for child in reversed(inside))


def _refusal(node: nodes.Node, loops: int) -> str:
    """Why this node is not allowed, or nothing."""
    match node:
        case nodes.Name(name=name):
            return _name(name)
        case nodes.Getattr(attr=name):
            return _private(name)
        case nodes.Getitem(arg=nodes.Const(value=str(name))):
            return _private(name)
        case nodes.For():
            return _loop(node, loops)
        case nodes.Call():
            return _call(node)
        case nodes.Filter():
            return _named("filter", node, FILTERS)
        case nodes.Test():
            return _named("test", node, TESTS)
        case nodes.Tuple(ctx="store", items=targets):
            plain = all(isinstance(target, nodes.Name) for target in targets)
            return "" if plain else "only names can be set"
    if isinstance(node, ALLOWED):
        return ""
    return REFUSED.get(type(node), f"`{type(node).__name__}` is not allowed here")


def _name(name: str) -> str:
    if name in RESERVED:
        return f"`{name}` is not allowed in a template"
    return _private(name)


def _private(name: str) -> str:
    if name.startswith("_"):
        return f"`{name}`: attribute names that begin with _ are not allowed"
    return ""


def _loop(node: nodes.For, loops: int) -> str:
    if node.recursive:
        return "a recursive loop is not allowed in a template"
    return "loops may be nested twice, not deeper" if loops > MAX_LOOPS else ""


def _call(node: nodes.Call) -> str:
    plain = not node.kwargs and node.dyn_args is None and node.dyn_kwargs is None
    match node.node:
        case nodes.Name(name="range"):
            fits = plain and 1 <= len(node.args) <= 3
            return "" if fits else "range takes from 1 to 3 numbers"
        case nodes.Getattr(attr=name) if name in METHODS:
            return "" if plain else f"`{name}()` takes values in order"
        case nodes.Getattr(attr=name) | nodes.Name(name=name):
            return _private(name) or f"`{name}()` can't be called in a template"
    return "this can't be called in a template"


def _named(
    what: str, node: nodes.Filter | nodes.Test, known: Mapping[str, object]
) -> str:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        return f"a {what} takes no stars"
    if node.name in known:
        return ""
    near = get_close_matches(node.name, known, 1)
    return f"there is no {what} `{node.name}`" + (f"; `{near[0]}`?" if near else "")


def make_safe(tree: nodes.Template, environment: Environment) -> nodes.Template:
    """The checked tree with bounded calls in place of all that could be unbounded."""
    Rewriter().visit(tree)
    tree.set_environment(environment)
    return tree


def chain(node: nodes.Node) -> tuple[nodes.Node, tuple[str | int, ...]]:
    """`customer.address["city"]` as the node it starts from and the fixed steps.

    The first step is the name it starts from, or "" when it has none.
    """
    steps: list[str | int] = []
    while True:
        match node:
            case nodes.Getattr(node=inner, attr=key):
                steps.append(key)
            case nodes.Getitem(node=inner, arg=nodes.Const(value=str() | int() as key)):
                steps.append(key)
            case _:
                first = node.name if isinstance(node, nodes.Name) else ""
                return node, (first, *reversed(steps))
        node = inner


class Rewriter(NodeTransformer):
    """Turns what Jinja would do itself into calls that are bounded."""

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802
        return self._path(node)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        if isinstance(node.arg, nodes.Slice):
            cut = node.arg
            bounds = [self._or_none(b) for b in (cut.start, cut.stop, cut.step)]
            return ours("_slice", self.visit(node.node), *bounds)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, (str, int)):
            return self._path(node)
        name = nodes.Const("".join(str(s) for s in chain(node.node)[1][-1:]))
        return ours("_item", self.visit(node.node), self.visit(node.arg), name)

    def _path(self, node: nodes.Expr) -> nodes.Node:
        root, path = chain(node)
        start: nodes.Expr = self.visit(root)
        return ours("_path", start, nodes.Const(path))

    def _or_none(self, node: nodes.Expr | None) -> nodes.Expr:
        found: nodes.Expr = nodes.Const(None) if node is None else self.visit(node)
        return found

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        args: list[nodes.Expr] = [self.visit(arg) for arg in node.args]
        if isinstance(node.node, nodes.Getattr):
            value: nodes.Expr = self.visit(node.node.node)
            return ours(f"_method_{node.node.attr}", value, *args)
        return ours("_range", *args)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.iter = ours("_each", cast(nodes.Expr, node.iter))
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr = weighed(node.expr)
        for operand in node.ops:
            operand.expr = weighed(operand.expr)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return ours("_concat", nodes.List(node.nodes, lineno=node.lineno))

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if node.expr2 is None:  # {{ "s" if many }} is nothing when it is one
            node.expr2 = nodes.Const("", lineno=node.lineno)
        return node


def ours(name: str, value: nodes.Expr, *args: nodes.Expr) -> nodes.Filter:
    """A call of ours, which Jinja compiles as a filter."""
    line = value.lineno
    for arg in args:
        arg.set_lineno(line)
    return nodes.Filter(value, name, list(args), [], None, None, lineno=line)


def weighed(node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else ours("_weigh", node)
