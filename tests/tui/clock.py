"""A clock that a test moves by hand."""

from __future__ import annotations


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, at: float = 100.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += seconds
