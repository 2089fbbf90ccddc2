"""A runner may die at any instant: the short form of `bench/crashes.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.stories.campaign import Campaign, texts
from tests.stories.place import Place

ROUNDS = 5
SEED = 1


def test_a_runner_killed_at_any_point_loses_nothing_and_repeats_nothing(
    make_place: Callable[..., Place], tmp_path: Path
) -> None:
    effects = tmp_path / "effects"
    campaign = Campaign(make_place(**texts(effects)), effects, SEED)
    points = campaign.count_points()
    for number in range(ROUNDS):
        campaign.round(1 + number * points // ROUNDS)
    campaign.surprise()
    campaign.close()
    assert campaign.told.kills >= 25, campaign.told
    assert campaign.told.doubled == 0
