"""The names a text reads, found without making the text ready to run."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import nodes

from engine.definition.checks.names import Name
from engine.definition.render import (
    FAILURES,
    SANDBOX,
    compile_template,
    explained,
    is_template,
)
from engine.definition.template_names import names_of
from engine.definition.template_rules import check_source, check_tree

# Compiling takes four times as long as reading, and tells more only of a tree that is
# too deep for Python's own compiler.
DEEP = 30


@lru_cache(maxsize=4096)
def template_reads(source: str) -> frozenset[Name]:
    """The dotted names of a template. Raises TemplateError."""
    if not is_template(source):
        return frozenset()
    check_source(source)
    try:
        tree = SANDBOX.parse(source)
        check_tree(tree)
        if is_deep(tree):
            return compile_template(source).read
        return names_of(tree)[0]
    except FAILURES as error:
        raise explained(error) from None


def is_deep(tree: nodes.Node) -> bool:
    level = [tree]
    for _ in range(DEEP):
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return False
    return True
