"""A list of many records that is kept compressed is a list like any other."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.widgets.logtext import LogLine
from tui.widgets.packed import SIDE_BY_SIDE, UNPACKED, Packed


def line(number: int) -> LogLine:
    return LogLine("09:00:00", "draft", "", f"customer {number:07}: nothing unusual")


def of(count: int) -> tuple[Packed[LogLine], list[LogLine]]:
    packed, plain = Packed(LogLine), [*map(line, range(count))]
    for each in plain:
        packed.append(each)
    return packed, plain


ACTS = st.lists(
    st.tuples(
        st.sampled_from(("append", "pop", "drop")),
        st.integers(1, 3 * SIDE_BY_SIDE),
    ),
    max_size=12,
)


@given(ACTS)
@settings(deadline=None)
def test_it_is_as_a_list_whatever_is_done_to_it(acts: list[tuple[str, int]]) -> None:
    packed, plain = of(0)
    made = 0
    for act, count in acts:
        if act == "append":
            for number in range(made, made + count):
                packed.append(line(number))
                plain.append(line(number))
            made += count
        elif act == "pop":
            for _ in range(min(count, len(plain))):
                assert packed.pop() == plain.pop()
        else:
            packed.drop(count)
            del plain[:count]
        assert len(packed) == len(plain)
        assert [*packed] == plain
        step = 1 + len(plain) // 50
        for at in range(0, len(plain), step):
            assert packed[at] == plain[at]
            assert packed[-at - 1] == plain[-at - 1]


def test_past_its_ends_there_is_nothing() -> None:
    packed, _ = of(3 * SIDE_BY_SIDE)
    for index in (len(packed), -len(packed) - 1):
        with pytest.raises(IndexError):
            packed[index]
    packed.clear()
    assert [*packed] == []
    with pytest.raises(IndexError):
        packed.pop()


def test_it_takes_a_small_part_of_what_a_list_does() -> None:
    tracemalloc.start()
    packed, plain = of(20 * SIDE_BY_SIDE)
    both, _ = tracemalloc.get_traced_memory()
    del plain
    alone, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(packed) == 20 * SIDE_BY_SIDE
    assert alone * 4 < both - alone


def test_few_packs_are_open_at_a_time() -> None:
    packed, plain = of(20 * SIDE_BY_SIDE)
    assert [packed[at] for at in range(len(packed))] == plain
    assert len(packed._unpacked) == UNPACKED
