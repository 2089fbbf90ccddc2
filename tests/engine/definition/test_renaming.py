"""A workflow's text under another name."""

from __future__ import annotations

import pytest

from engine.definition.parse import parse
from engine.definition.renaming import renamed
from engine.errors import WeirError

TEXT = """\
# why it is there
workflow: old   # its name
# and its title
title: 'The old one'
schedule:
  # each morning
  - cron: "0 8 * * *"
    timezone: Europe/Berlin  # here
trigger: {file: "in/*.csv"}
steps:
  - {id: a, set: {x: 1}}
"""


def test_name_and_title_are_others_and_nothing_begins_by_itself() -> None:
    assert renamed(TEXT, "new", "It: new") == (
        TEXT.replace("workflow: old ", "workflow: new ")
        .replace("'The old one'", '"It: new"')
        .replace("schedule:\n", "# schedule:\n")
        .replace("  # each", "#   # each")
        .replace("  - cron", "#   - cron")
        .replace("    timezone", "#     timezone")
        .replace("trigger:", "# trigger:")
    )


def test_without_a_title_the_old_one_stays() -> None:
    assert "title: 'The old one'\n" in renamed(TEXT, "new")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (
            "workflow: old\r\nsteps: [{id: a, set: {x: 1}}]",
            "workflow: new\r\ntitle: New\r\nsteps: [{id: a, set: {x: 1}}]",
        ),
        (
            "{workflow: old, steps: [{id: a, set: {x: 1}}]}",
            "{workflow: new, title: New, steps: [{id: a, set: {x: 1}}]}",
        ),
        (
            "workflow: old\ntitle: >-\n  A\n  one\n\nsteps: [{id: a, set: {x: 1}}]\n",
            "workflow: new\ntitle: New\n\nsteps: [{id: a, set: {x: 1}}]\n",
        ),
    ],
)
def test_a_title_is_put_in_as_the_text_stands(text: str, new: str) -> None:
    assert renamed(text, "new", "New") == new
    assert parse(new, "new.yaml").problems == []


def test_what_cannot_stand_in_comments_is_refused() -> None:
    text = (
        '{workflow: old, schedule: {cron: "0 8 * * *"}, steps: [{id: a, set: {x: 1}}]}'
    )
    with pytest.raises(WeirError, match="copy the file"):
        renamed(text, "new")
