"""Which names a template reads from its scope, found without rendering it."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import nodes

from engine.definition.template_rules import chain

Path = tuple[str, ...]


class Names:
    """Walks a tree. `read` holds every dotted name; `certain` those that rendering is
    sure to read and that have no `default` or `is defined` to fall back on."""

    def __init__(self) -> None:
        self.read: set[Path] = set()
        self.certain: set[Path] = set()
        self._bound: set[str] = set()
        self._unsure = 0

    def visit(self, node: nodes.Node | None) -> None:
        match node:
            case None:
                return
            case nodes.Name(ctx="load") | nodes.Getattr() | nodes.Getitem():
                self._path(node)
            case nodes.Call(node=nodes.Getattr(node=inner), args=args):
                self._all([inner, *args])
            case nodes.Call(args=args):
                self._all(args)
            case nodes.Test(name="defined" | "undefined"):
                self._maybe([node.node])
            case nodes.Filter(name="default"):
                self._maybe([node.node])
                self._maybe([*node.args, *node.kwargs])
            case nodes.And() | nodes.Or():
                self.visit(node.left)
                self._maybe([node.right])
            case nodes.CondExpr() | nodes.If():
                self._branches(node)
            case nodes.For():
                self._loop(node)
            case nodes.Assign():
                self.visit(node.node)
                self._bind(node.target)
            case nodes.With():
                self._with(node)
            case _:
                self._all(list(node.iter_child_nodes()))

    def _all(self, found: Sequence[nodes.Node | None]) -> None:
        for node in found:
            self.visit(node)

    def _maybe(self, found: Sequence[nodes.Node | None]) -> None:
        self._unsure += 1
        self._all(found)
        self._unsure -= 1

    def _path(self, node: nodes.Node) -> None:
        root, steps = chain(node)
        if isinstance(root, nodes.Name):
            self._note(root.name, steps)
        elif isinstance(root, nodes.Getitem):
            self.visit(root.node)
            self.visit(root.arg)
        else:
            self.visit(root)

    def _note(self, name: str, steps: tuple[str | int, ...]) -> None:
        if name in self._bound:
            return
        path: list[str] = []
        for step in steps:
            if isinstance(step, int):
                break
            path.append(step)
        self.read.add(tuple(path))
        if not self._unsure:
            self.certain.add(tuple(path))

    def _branches(self, node: nodes.CondExpr | nodes.If) -> None:
        self.visit(node.test)
        if isinstance(node, nodes.CondExpr):
            self._maybe([node.expr1, node.expr2])
        else:
            self._maybe([*node.body, *node.elif_, *node.else_])

    def _loop(self, node: nodes.For) -> None:
        self.visit(node.iter)
        before = set(self._bound)
        self._bind(node.target)
        self._bound.add("loop")
        self._maybe([node.test, *node.body])
        self._bound = before
        self._maybe(node.else_)

    def _with(self, node: nodes.With) -> None:
        self._all(node.values)
        before = set(self._bound)
        for target in node.targets:
            self._bind(target)
        self._all(node.body)
        self._bound = before

    def _bind(self, target: nodes.Node) -> None:
        for name in [target, *target.find_all(nodes.Name)]:
            if isinstance(name, nodes.Name):
                self._bound.add(name.name)


def names_of(tree: nodes.Node) -> tuple[frozenset[Path], frozenset[Path]]:
    """Every dotted name a checked tree reads, and those it is certain to need."""
    walker = Names()
    walker.visit(tree)
    return frozenset(walker.read), frozenset(walker.certain)
