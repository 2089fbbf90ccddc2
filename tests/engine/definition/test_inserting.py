"""A step more in a text: where it comes, how it looks, and that all else stays."""

from __future__ import annotations

import pytest

from engine.definition.inserting import insert, value_of
from engine.errors import WeirError

STEP = {"id": "new", "use": "note", "with": {"text": "{{ inputs.a }}", "copies": 2}}
SHORT = {"id": "new", "set": {"x": 1}}
TOP = ("steps",)

BLOCK = """\
workflow: x  # what it is
steps:
  # the first of them
  - id: a
    shell: "one"   # stays
    # timeout: 5m

  # about b
  - id: b
    shell: |
      two
      # no comment


# the end
"""


def added(before: str, after: str) -> list[str]:
    """The lines that came in; all others have to be there still, in their order."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    extra: list[str] = []
    for line in new:
        if old and line == old[0]:
            old.pop(0)
        else:
            extra.append(line)
    assert old == [], "a line is gone or is another one"
    return extra


def test_a_step_comes_after_the_comments_of_the_one_before_and_not_of_the_next() -> (
    None
):
    after = insert(BLOCK, TOP, 1, STEP)
    assert after == BLOCK.replace(
        "    # timeout: 5m\n",
        "    # timeout: 5m\n"
        "\n"
        "  - id: new\n"
        "    use: note\n"
        "    with:\n"
        '      text: "{{ inputs.a }}"\n'
        "      copies: 2\n",
    )


def test_a_blank_line_of_a_text_has_no_spaces() -> None:
    after = insert(BLOCK, TOP, 2, {"id": "new", "shell": "one\n\ntwo\n"})
    assert "    shell: |\n      one\n\n      two\n" in after


def test_the_last_step_comes_before_what_ends_the_file() -> None:
    after = insert(BLOCK, TOP, 2, SHORT)
    assert after == BLOCK.replace(
        "      # no comment\n",
        "      # no comment\n\n  - id: new\n    set:\n      x: 1\n",
    )


def test_the_first_step_comes_above_the_comment_of_the_one_after() -> None:
    after = insert(BLOCK, TOP, 0, SHORT)
    new = "steps:\n  - id: new\n    set:\n      x: 1\n\n  # the first"
    assert after == BLOCK.replace("steps:\n  # the first", new)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("steps:\n- id: a\n  shell: x\n", ["- id: new\n", "  set:\n", "    x: 1\n"]),
        (
            "steps:\n   -   id: a\n       shell: x\n",
            ["   -   id: new\n", "       set:\n", "         x: 1\n"],
        ),
        (
            "steps:\n  -\n        id: a\n        shell: x\n",
            ["  - id: new\n", "    set:\n", "      x: 1\n"],
        ),
    ],
    ids=["at the margin", "far from its dash", "below its dash"],
)
def test_it_is_indented_as_the_step_beside_it(text: str, lines: list[str]) -> None:
    assert added(text, insert(text, TOP, 1, SHORT)) == lines


def test_beside_a_step_in_braces_it_stands_in_braces() -> None:
    text = "steps:\n  - {id: a, shell: x}\n  - {id: b, shell: é😀}\n"
    assert added(text, insert(text, TOP, 2, SHORT)) == ["  - {id: new, set: {x: 1}}\n"]


def test_what_is_too_long_for_braces_stands_in_lines() -> None:
    text = "steps:\n  - {id: a, shell: x}\n"
    long = {"id": "new", "set": {"x": "a word " * 12 + "more"}}
    assert added(text, insert(text, TOP, 1, long))[0] == "  - id: new\n"


def test_a_file_without_a_last_line_end_is_left_without_one() -> None:
    text = "steps:\n  - id: a\n    shell: x  # y"
    after = insert(text, TOP, 1, SHORT)
    assert after == text + "\n  - id: new\n    set:\n      x: 1"


def test_a_text_that_ends_with_a_line_gets_one_at_the_end_of_the_file() -> None:
    text = "steps:\n  - id: a\n    shell: x"
    lines = {"id": "new", "llm": {"prompt": "Say it.\n"}}
    new = "\n  - id: new\n    llm:\n      prompt: |\n        Say it.\n"
    assert insert(text, TOP, 1, lines) == text + new


def test_lines_end_as_those_beside_them_do() -> None:
    text = "steps:\r\n  - id: a\r\n    shell: x\r\n\r\n  - id: b\r\n    shell: y\r\n"
    after = insert(text, TOP, 1, SHORT)
    assert "\n" not in after.replace("\r\n", "")
    assert added(text, after) == [
        "  - id: new\r\n",
        "    set:\r\n",
        "      x: 1\r\n",
        "\r\n",
    ]
    unended = text.removesuffix("\r\n")
    assert insert(unended, TOP, 2, SHORT).endswith(
        "y\r\n\r\n  - id: new\r\n    set:\r\n      x: 1"
    )


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_list_on_one_line_gets_one_more_on_it(at: int) -> None:
    items = ["{id: a, shell: x}", "{id: b, shell: y}"]
    text = f"steps: [{', '.join(items)}]  # all\n"
    items.insert(at, "{id: new, set: {x: 1}}")
    assert insert(text, TOP, at, SHORT) == f"steps: [{', '.join(items)}]  # all\n"


BRACKETS = """\
steps: [
  {id: a, shell: x},  # about a
  # about b
  {id: b, shell: y}   # about b too
]
"""


@pytest.mark.parametrize(
    ("at", "after"),
    [
        (0, BRACKETS.replace("  {id: a", "  {id: new, set: {x: 1}},\n  {id: a")),
        (1, BRACKETS.replace("# about a\n", "# about a\n  {id: new, set: {x: 1}},\n")),
        (
            2,
            BRACKETS.replace("y}   # about b too\n", "y},   # about b too\n").replace(
                "\n]", "\n  {id: new, set: {x: 1}}\n]"
            ),
        ),
    ],
)
def test_a_list_in_brackets_over_lines_gets_a_line_more(at: int, after: str) -> None:
    assert insert(BRACKETS, TOP, at, SHORT) == after


def test_a_comma_that_stands_before_the_next_step_is_not_doubled() -> None:
    text = "steps: [\n  {id: a, shell: x}\n  , {id: b, shell: y}]\n"
    new = text.replace("x}\n", "x},\n  {id: new, set: {x: 1}}\n")
    assert insert(text, TOP, 1, SHORT) == new


NESTED = """\
steps:
  - id: both
    parallel:
      branches:
        one:
        - id: a
          shell: x
        two:
          title: The other
          steps: [{id: b, shell: y}]
  - id: each
    for_each:
      in: inputs.all
      steps:
          - id: c
            shell: "{{ item }}"
      max_parallel: 2
"""


@pytest.mark.parametrize(
    ("place", "lines"),
    [
        (
            ("steps", 0, "parallel", "branches", "one"),
            ["        - id: new\n", "          set:\n", "            x: 1\n"],
        ),
        (
            ("steps", 0, "parallel", "branches", "two", "steps"),
            ["          steps: [{id: b, shell: y}, {id: new, set: {x: 1}}]\n"],
        ),
        (
            ("steps", 1, "for_each", "steps"),
            ["          - id: new\n", "            set:\n", "              x: 1\n"],
        ),
    ],
    ids=["branch", "branch with steps", "loop"],
)
def test_steps_inside_of_steps_get_one_more(
    place: tuple[str | int, ...], lines: list[str]
) -> None:
    after = insert(NESTED, place, 1, SHORT)
    old = "          steps: [{id: b, shell: y}]\n"
    before = NESTED.replace(old, "") if "[" in lines[0] else NESTED
    assert added(before, after) == lines


@pytest.mark.parametrize("style", ["|+", ">+"])
def test_blank_lines_that_belong_to_a_text_stay_with_it(style: str) -> None:
    text = (
        f"steps:\n  - id: a\n    shell: {style}\n      x\n\n\n  - id: b\n    shell: y\n"
    )
    after = insert(text, TOP, 1, SHORT)
    assert value_of(after)["steps"][0] == value_of(text)["steps"][0]
    assert added(text, after) == ["  - id: new\n", "    set:\n", "      x: 1\n"]


def test_a_change_to_another_step_is_refused() -> None:
    """With a line end after it the text of `a` would have one more too."""
    text = "steps:\n  - id: a\n    shell: |\n      x"
    with pytest.raises(WeirError, match="end it with a new line"):
        insert(text, TOP, 1, SHORT)


def test_signs_of_two_units_and_lines_of_other_kinds_move_nothing() -> None:
    text = (
        "# 😀 é\u2028\nsteps:\n  - id: a\n    shell: '😀😀'\n  - id: b\n    shell: y\n"
    )
    after = insert(text, TOP, 1, SHORT)
    assert after.startswith(
        "# 😀 é\u2028\nsteps:\n  - id: a\n    shell: '😀😀'\n  - id: new\n"
    )
