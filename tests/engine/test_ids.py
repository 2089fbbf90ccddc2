"""Ids and the time they were made at."""

from __future__ import annotations

import time

from engine.ids import earliest, new_id


def test_no_id_that_was_made_since_sorts_before_the_earliest() -> None:
    before = time.time()
    made = new_id("r")
    assert earliest("r", before - 60) < earliest("r", before) <= made
    assert earliest("r", before + 3600) > made


def test_before_the_first_year_every_id_is_wanted() -> None:
    assert earliest("r", 0.0) < new_id("r")
