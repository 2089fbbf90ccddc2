"""What it costs to begin: `weir --help`, `weir runs`, and the workbench's first paint.

The store holds 100,000 runs, and the first paint shows the newest. It is measured
beside the smallest Textual app, posting and harlequin, in turns, so that a machine's
mood is in all of them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.crowd import RUNS, Crowd, crowd
from bench.rounds import in_turns, show
from bench.watched import WEIR, Watched, told

TIMES = 9
SMALLEST = """
from textual.app import App
from textual.widgets import Footer, Header, Static
class Smallest(App):
    def compose(self):
        yield Header()
        yield Static("painted")
        yield Footer()
Smallest().run()
"""
# Each wants a Textual of its own, and is where `make bench` puts it.
PEERS = Path(__file__).parents[1] / ".venv" / "screens"
POSTING = "from posting.__main__ import cli; cli()"
HARLEQUIN = "from harlequin.cli import harlequin; harlequin()"


def wall(command: Sequence[str]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    quiet = subprocess.DEVNULL
    subprocess.run(command, check=True, stdout=quiet, stderr=quiet)
    return (time.perf_counter() - began) * 1000


def by_clock(watched: Watched) -> float:
    return (time.perf_counter() - watched.began) * 1000


def by_processor(watched: Watched) -> float:
    """What a paint has cost: the same however many others want the processor."""
    return watched.processor * 1000


class Paints:
    """First paints, in milliseconds from exec until an 80x24 terminal shows a text."""

    def __init__(self, place: Crowd, measure: Callable[[Watched], float]) -> None:
        self.place = place
        self.measure = measure

    def once(self) -> dict[str, float | None]:
        root, newest = str(self.place.root), self.place.newest
        return {
            "weir": self.paint([*WEIR, "--no-runner", root], newest),
            "weir with a runner": self.paint([*WEIR, root], newest),
            "smallest": self.paint([sys.executable, "-c", SMALLEST], "painted"),
            "posting": self.peer("posting", POSTING, "Collection"),
            "harlequin": self.peer("harlequin", HARLEQUIN, "Data Catalog", ":memory:"),
        }

    def paint(
        self,
        command: Sequence[str],
        expected: str,
        environment: Mapping[str, str] | None = None,
    ) -> float:
        with Watched(command, environment=environment) as watched:
            watched.until(expected)
            return self.measure(watched)

    def stop(self) -> None:
        """The runner, if one was woken before its workbench was ended."""
        wall([*WEIR, "-C", str(self.place.root), "runner", "stop"])

    def peer(self, name: str, code: str, expected: str, *words: str) -> float | None:
        """With settings of nobody; None where it is not installed."""
        if not (PEERS / name).is_dir():
            return None
        with tempfile.TemporaryDirectory() as home:
            own = {f"XDG_{each}_HOME": home for each in ("CONFIG", "DATA", "CACHE")}
            own |= {"PYTHONPATH": str(PEERS / name), "HOME": home}
            return self.paint([sys.executable, "-c", code, *words], expected, own)


def commands(place: Crowd) -> None:
    """`weir runs` is told without what Python itself takes."""
    help_, bare = [*WEIR, "--help"], [sys.executable, "-c", "pass"]
    runs = [*WEIR, "-C", str(place.root), "runs"]
    found = [(wall(help_), wall(runs), wall(bare)) for _ in range(TIMES)]
    print(f"beginning; of {TIMES} times, in turns")
    for what, figures, wanted in (
        ("weir --help", [each for each, _, _ in found], "under 100"),
        ("weir runs", [runs - bare for _, runs, bare in found], "at most 250"),
        ("bare python", [bare for _, _, bare in found], "for comparison"),
    ):
        told(f"{what}: the median", median(figures), "ms", wanted)
        told(f"{what}: the least", min(figures), "ms", wanted)


WANTED = {
    "weir with a runner": "about 1",
    "smallest": "at most 1.7",
    "posting": "under 0.5",
    "harlequin": "under 0.5",
}


def main() -> None:
    with crowd() as place:
        commands(place)
        for measure, words in ((by_clock, "by the clock"), (by_processor, "in work")):
            paints = Paints(place, measure)
            paints.once()  # caches warm
            title = f"first paint with {RUNS:,} runs, {words}"
            show(title, in_turns(paints.once), "ms", WANTED)
        paints.stop()


if __name__ == "__main__":
    main()
