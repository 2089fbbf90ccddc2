"""Finds places where text that is no constant goes into a widget that reads markup.

A value is taken as safe when it is a constant, Content, or made by `plain`. Names are
followed to what was assigned to them in the same function or module, and calls to the
return annotations of our own functions. Where the reader can't know, a line may say
`# text: constant`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ALLOWED = "# text: constant"
READS_MARKUP = frozenset(
    [
        "Static",
        "Label",
        "Button",
        "Option",
        "OptionList",
        "Tree",
        "Tab",
        "Tabs",
        "TabPane",
        "Select",
        "SelectionList",
        "Selection",
        "Checkbox",
        "RadioButton",
        "Collapsible",
        "Link",
        "Placeholder",
        "Digits",
    ]
)
TEXT_METHODS = frozenset(
    [
        "update",
        "notify",
        "add_option",
        "add_options",
        "set_options",
        "add_leaf",
        "add_row",
        "add_column",
        "add_columns",
        "add_tab",
        "from_markup",
        "from_ansi",
    ]
)
TEXT_ATTRIBUTES = frozenset(
    [
        "border_title",
        "border_subtitle",
        "tooltip",
        "label",
        "title",
        "sub_title",
        "placeholder",
    ]
)
TEXT_KEYWORDS = frozenset(["content", "label", "title", "prompt", "options", "tooltip"])
# Each has one place where its text is made safe.
NEVER = {"copy_to_clipboard": "tui/terminal.py", "open_url": "nowhere"}
MADE_SAFE = frozenset({"plain", "Content"})
NUMBERS = frozenset({"len", "age", "took"})


@dataclass
class Known:
    """What is known of names: functions that give Content, and assigned values."""

    functions: set[str] = field(default_factory=set)
    values: dict[str, list[ast.expr]] = field(default_factory=dict)
    contents: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)


def faults(root: Path) -> list[str]:
    files = {path: path.read_text() for path in sorted(root.rglob("*.py"))}
    trees = {path: ast.parse(text) for path, text in files.items()}
    functions = set().union(*map(functions_of_content, trees.values()), set())
    return [
        f"{path.relative_to(root.parent)}:{fault}"
        for path, tree in trees.items()
        for fault in faults_in(tree, files[path].split("\n"), functions, str(path))
    ]


def faults_of(source: str) -> list[str]:
    tree = ast.parse(source)
    return list(faults_in(tree, source.split("\n"), functions_of_content(tree), ""))


def functions_of_content(tree: ast.AST) -> set[str]:
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.returns is not None
        and _is_content(node.returns)
    }


def faults_in(
    tree: ast.Module, lines: list[str], functions: set[str], path: str
) -> Iterator[str]:
    for scope, nodes in _scopes(tree):
        known = _known(tree, scope, functions)
        for node in nodes:
            for what, value in _texts(node, path):
                if not _safe(value, known) and not _allowed(node, lines):
                    yield f"{node.lineno}: {what} is given {ast.unparse(value)[:60]}"


def _texts(node: ast.AST, path: str) -> Iterator[tuple[str, ast.expr]]:
    """The values that this node puts where markup is read."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr in TEXT_ATTRIBUTES:
                    yield target.attr, value
        case ast.Call(func=func, args=args, keywords=keywords):
            name = _name(func)
            if name in NEVER and not path.endswith(NEVER[name]):
                yield name, node
            if _reads(node, name):
                yield from ((name, value) for value in _given(name, args))
                named = (k for k in keywords if k.arg in TEXT_KEYWORDS)
                yield from ((name, keyword.value) for keyword in named)


def _given(name: str, args: list[ast.expr]) -> list[ast.expr]:
    if name in ("add_row", "add_columns", "OptionList", "Tabs", "SelectionList"):
        return args
    if name == "update" and args and isinstance(args[0], ast.GeneratorExp):
        return []  # of a set or a dict
    return args[:1]


def _reads(call: ast.Call, name: str) -> bool:
    if any(
        k.arg == "markup"
        and isinstance(k.value, ast.Constant)
        and k.value.value is False
        for k in call.keywords
    ):
        return False
    if isinstance(call.func, ast.Attribute):
        if _name(call.func.value) == "environ":
            return False
        return name in TEXT_METHODS or name in READS_MARKUP
    return name in READS_MARKUP


def _safe(value: ast.expr, known: Known) -> bool:
    match value:
        case ast.Constant() | ast.Dict() | ast.DictComp():
            return True
        case ast.JoinedStr(values=values):
            return all(_safe(part, known) for part in values)
        case ast.FormattedValue(value=inner):
            return isinstance(inner, ast.Call) and _name(inner.func) in NUMBERS
        case ast.IfExp(body=body, orelse=orelse):
            return _safe(body, known) and _safe(orelse, known)
        case ast.List(elts=values):
            return all(_safe_item(part, known) for part in values)
        case ast.BoolOp(values=values) | ast.Tuple(elts=values):
            return all(_safe(part, known) for part in values)
        case ast.BinOp(left=left, right=right):
            return _safe(left, known) and _safe(right, known)
        case ast.Starred(value=inner) | ast.NamedExpr(value=inner):
            return _safe(inner, known)
        case ast.ListComp(elt=elt) | ast.GeneratorExp(elt=elt):
            return _safe_item(elt, known)
        case ast.Name(id=name):
            return _safe_name(name, known)
        case ast.Call(func=func):
            return _safe_call(func, known)
    return False


def _safe_item(item: ast.expr, known: Known) -> bool:
    """An item of a list of choices may be (what is shown, what it stands for)."""
    pair = isinstance(item, ast.Tuple) and len(item.elts) == 2
    return _safe(item.elts[0] if pair else item, known)


def _safe_call(func: ast.expr, known: Known) -> bool:
    # What reads markup itself is looked at by itself.
    if _name(func) in MADE_SAFE | READS_MARKUP | known.functions:
        return True
    if not isinstance(func, ast.Attribute) or func.attr == "from_markup":
        return False  # from_markup is looked at by itself
    if isinstance(func.value, ast.Name) and func.value.id == "Content":
        return True
    # A method of Content gives Content; one of a constant str can take in anything.
    return not isinstance(func.value, ast.Constant) and _safe(func.value, known)


def _safe_name(name: str, known: Known) -> bool:
    if name in known.contents:
        return True
    if name in known.pending or name not in known.values:
        return False
    known.pending.add(name)
    try:
        return all(_safe(value, known) for value in known.values[name])
    finally:
        known.pending.discard(name)


def _known(tree: ast.Module, scope: ast.AST, functions: set[str]) -> Known:
    known = Known(functions)
    for node in [*tree.body, *ast.walk(scope)]:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                known.values.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                if _is_content(annotation):
                    known.contents.add(name)
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                known.values.setdefault(name, []).append(value)
            case ast.arg(arg=name, annotation=annotation) if annotation is not None:
                if _is_content(annotation):
                    known.contents.add(name)
    return known


def _scopes(tree: ast.Module) -> Iterator[tuple[ast.AST, list[ast.AST]]]:
    """Each outermost function with all in it, and the module with the rest."""
    functions = list(_outermost(tree.body))
    inside = {id(node) for function in functions for node in ast.walk(function)}
    yield from ((function, list(ast.walk(function))) for function in functions)
    yield ast.Module([], []), [n for n in ast.walk(tree) if id(n) not in inside]


def _outermost(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _outermost(node.body)


def _is_content(annotation: ast.expr) -> bool:
    return ast.unparse(annotation).strip("'\"") == "Content"


def _name(func: ast.expr) -> str:
    if isinstance(func, ast.Subscript):
        return _name(func.value)
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""


def _allowed(node: ast.AST, lines: list[str]) -> bool:
    first, last = node.lineno, node.end_lineno or node.lineno  # type: ignore[attr-defined]
    return any(ALLOWED in line for line in lines[first - 1 : last])
