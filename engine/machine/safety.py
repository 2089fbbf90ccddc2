"""Which attempts may be repeated without asking anyone."""

from __future__ import annotations

from engine.definition.kinds import Http, Sql
from engine.definition.model import Step

_SAFE_KINDS = frozenset({"llm", "artifact", "approval", "set", "wait", "fail", "run"})


def is_safe(step: Step | None) -> bool:
    """Whether an attempt may be repeated without asking. None is the context."""
    if step is None:
        return True
    if step.safe is not None:
        return step.safe
    if isinstance(step.do, Http):
        return step.do.method.upper() in ("GET", "HEAD")
    if isinstance(step.do, Sql):
        return not step.do.write
    return step.kind in _SAFE_KINDS
