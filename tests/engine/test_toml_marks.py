"""Each key of a TOML text has a place, and what stands in a value that of its key."""

from __future__ import annotations

import pytest

from engine.definition.marks import Path
from engine.toml_marks import LONGEST, marks_of

TEXT = '''\
a = 1
  b.c = """
[x]
d = 1
"""
[t]
inline = {e = 1, f = 2}
[u.v]
g = [
  1,
]
[[w]]
h = 1
[[w]]
h = 2
'''


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("a",), (1, 1)),
        (("b", "c"), (2, 3)),
        (("d",), (1, 1)),
        (("x",), (1, 1)),
        (("t",), (6, 1)),
        (("t", "inline", "f"), (7, 1)),
        (("u", "v", "g", 0), (9, 1)),
        (("w", 0, "h"), (13, 1)),
        (("w", 1, "h"), (15, 1)),
    ],
)
def test_a_path_has_the_place_of_the_nearest_key(
    path: Path, place: tuple[int, int]
) -> None:
    assert marks_of(TEXT).value(path) == place


def test_a_statement_without_an_end_is_not_read_for_ever() -> None:
    lines = ["a = 1", "b = [", *["  1," for _ in range(LONGEST)], "]", "c = 1"]
    assert ("a",) in (found := marks_of("\n".join(lines)).values)
    assert ("c",) not in found
