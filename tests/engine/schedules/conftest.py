"""A server on loopback, for what is looked up before a run begins."""

from tests.engine.steps.conftest import server

__all__ = ["server"]
