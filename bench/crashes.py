"""The crash campaign in its long form: `python bench/crashes.py [KILLS [SEED]]`.

A runner is killed at each of its points in turn; in every fifth round at any instant,
and in another one as one of several that are at work beside each other. That goes on
until there have been KILLS of them (500). After each round all must hold that
`tests/stories/campaign.py` looks at; the first that does not ends the campaign, with
the seed it can be had again from.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.stories.campaign import Campaign, texts
from tests.stories.place import Place

STRIDE = 37  # from one round's first point to the next one's, through all of them


def campaign_in(home: Path, kills: int, seed: int) -> Campaign:
    os.environ["WEIR_STATE"] = str(home / "state" / "weir")
    effects = home / "effects"
    files = {f"{name}.yaml": text for name, text in texts(effects).items()}
    place = Place(home / "work", files, home / "state")
    campaign = Campaign(place, effects, seed)
    try:
        points = campaign.count_points()
        number = 0
        while campaign.told.kills < kills:
            number += 1
            if number % 5 == 0:
                campaign.surprise()
            elif number % 5 == 1:
                campaign.crowd(many=2 + number % 3, count=3)
            else:
                campaign.round(1 + number * STRIDE % points)
        campaign.close()
    finally:
        place.close()
    return campaign


def main() -> None:
    given = [int(word) for word in sys.argv[1:]]
    kills = given[0] if given else 500
    seed = given[1] if given[1:] else time.time_ns() % 1_000_000
    print(f"seed {seed}", flush=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        told = campaign_in(Path(home), kills, seed).told
    print(
        f"{told.kills} kills in {told.rounds} rounds, {told.runs} runs"
        f" ({time.monotonic() - begun:.0f} s)\n"
        f"{told.asked} interrupted steps put to a person\n"
        f"{told.repeated} effects of safe steps done more than once\n"
        f"{told.doubled} effects of other steps done more than once"
    )


if __name__ == "__main__":
    main()
