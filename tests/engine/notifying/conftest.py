"""What tests of messages are given: somebody who listens to them."""

from __future__ import annotations

from tests.stories.listener import listener

__all__ = ["listener"]
