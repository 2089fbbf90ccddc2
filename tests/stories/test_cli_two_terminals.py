"""Two people at two terminals, one gate: the first to decide has decided."""

from __future__ import annotations

from collections.abc import Callable

from tests.stories.place import PATIENCE, Place, one_line

GREET = """\
workflow: greet
steps:
  - {id: draft, set: {text: Hello}}
  - id: review
    approval: {title: Greet?, show: [outputs.draft]}
  - {id: send, safe: true, shell: "echo sent"}
"""


def test_of_two_decisions_at_once_one_is_taken_and_one_is_told_so(
    make_place: Callable[..., Place],
) -> None:
    place = make_place(greet=GREET)
    place.weir("run", "greet", ends=3)
    (item,) = place.reads("inbox")
    typed = [
        place.types("approve", item["id"], "--yes"),
        place.types("reject", item["id"], "--comment", "no"),
    ]
    told = [each.communicate(timeout=PATIENCE)[1] for each in typed]
    codes = [each.returncode for each in typed]
    assert sorted(codes) == [0, 1], told
    refusal = one_line(told[codes.index(1)])
    assert f"{item['id']} is already" in refusal
    shown = place.reads("show", item["run"])
    assert len(shown["approvals"][0]["decisions"]) == 1


def test_a_log_followed_in_one_terminal_goes_on_when_another_decides(
    make_place: Callable[..., Place],
) -> None:
    place = make_place(greet=GREET)
    place.weir("run", "greet", ends=3)
    (item,) = place.reads("inbox")
    follower = place.types("logs", "-f", item["run"])
    place.weir("approve", item["id"], "--yes")
    written, _ = follower.communicate(timeout=PATIENCE)
    assert follower.returncode == 0
    assert "send | sent" in written
