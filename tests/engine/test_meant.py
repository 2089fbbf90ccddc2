"""What a person means by the name of a step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.machine.state import RunState
from engine.meant import finished_path, visit_of
from tests.engine.machine.test_forking import reviewed


@pytest.mark.parametrize("meant", [finished_path, visit_of])
@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("draft", "draft#2"),
        ("draft#1", "draft"),
        ("draft#2", "draft#2"),
        ("send", "send"),
        ("send#1", "send"),
        ("send#2", "send#2"),  # not there, and refused by what it was said for
    ],
)
def test_each_visit_of_a_step_can_be_named(
    meant: Callable[[RunState, str], str], name: str, means: str
) -> None:
    run = reviewed()
    assert run.state is not None
    assert meant(run.state, name) == means
