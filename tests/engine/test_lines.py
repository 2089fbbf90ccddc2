"""Lines that changed: placed where they stand, and bounded."""

from __future__ import annotations

from difflib import unified_diff

from engine.lines import MOST, SAME_LINES, changed_lines

NAMES = ("one", "other")


def test_it_is_the_usual_diff_of_two_texts() -> None:
    one = "\n".join(f"line {n}" for n in range(40))
    other = one.replace("line 17", "another").replace("line 30\n", "")
    usual = unified_diff(one.splitlines(), other.splitlines(), *NAMES, lineterm="")
    assert changed_lines(one, other, NAMES) == [*usual]


def test_equal_texts_have_no_diff() -> None:
    assert changed_lines("a\nb", "a\nb", NAMES) == []


def test_texts_that_differ_in_the_end_of_a_line_alone_are_not_said_to_be_equal() -> (
    None
):
    assert changed_lines("a\n", "a", NAMES)[2:] == [SAME_LINES]


def test_a_change_in_a_long_line_is_found_in_it() -> None:
    one = "x" * 200_000 + "yes" + "z" * 100_000
    other = one.replace("yes", "not")
    changed = [line for line in changed_lines(one, other, NAMES)[2:] if line[0] in "-+"]
    assert len(changed) == 2
    assert "yes" in changed[0]
    assert "not" in changed[1]
    assert max(map(len, changed)) < 200


def test_long_texts_with_one_change_are_compared_line_by_line() -> None:
    one = [f"line {n % 90}" for n in range(60_000)]
    other = [*one[:30_000], "new", *one[30_000:]]
    found = changed_lines("\n".join(one), "\n".join(other), NAMES)
    assert "@@ -29998,6 +29998,7 @@" in found
    assert [line for line in found[2:] if line[0] in "-+"] == ["+new"]


def test_what_has_too_little_in_common_is_told_by_its_size() -> None:
    one = "\n".join(f"a{n}" for n in range(MOST * 3))
    other = "\n".join(f"b{n}" for n in range(MOST * 2))
    found = changed_lines(f"same\n{one}", f"same\n{other}", NAMES)
    assert found[2] == f"@@ -2,{MOST * 3} +2,{MOST * 2} @@"
    assert f"-… {MOST * 3 - 20} more lines" in found
    assert len(found) == 45
