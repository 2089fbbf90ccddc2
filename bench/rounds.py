"""Measuring in turns, so that a machine that slows down slows all of them down."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

ROUNDS = 5
PEERS = Path(__file__).parents[1] / ".venv" / "peers"  # where `make bench` puts them

Found = Mapping[str, list[float]]


def in_turns(once: Callable[[], Mapping[str, float | None]]) -> dict[str, list[float]]:
    """What each of five rounds has measured, by name; what is None is left out."""
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, figure in once().items():
            if figure is not None:
                found.setdefault(name, []).append(figure)
    return found


def show(title: str, found: Found, unit: str, wanted: Mapping[str, str]) -> None:
    """Print medians, and Weir's ratio to each of the others, round by round."""
    print(f"{title}; medians of {ROUNDS} in turns")
    for name, figures in found.items():
        print(f"  {name:20} {number(median(figures)):>12} {unit}")
    for name, words in wanted.items():
        if name in found:
            pairs = zip(found["weir"], found[name], strict=True)
            ratio = median(mine / other for mine, other in pairs)
            print(f"  weir / {name:13} {ratio:12.2f}   ({words})")
    print(f"  again: {Path(sys.executable).name} bench/{Path(sys.argv[0]).name}")


def number(figure: float) -> str:
    return f"{figure:,.2f}" if figure < 10 else f"{figure:,.0f}"


def peer(which: str, runs: int, at_once: int) -> float | None:
    """A peer's steps a second; None when it is not installed."""
    found = peer_says(which, runs, at_once)
    return found[0] if found else None


def peer_says(which: str, *counts: int) -> list[float]:
    """What a peer has measured, in a process of its own; nothing when not installed."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("peers.py")), which, folder,
             *map(str, counts)],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(PEERS)},
        )  # fmt: skip
    if done.returncode:
        print(f"{which}: not measured ({done.stderr.strip().splitlines()[-1]})")
        return []
    return [float(word) for word in done.stdout.strip().splitlines()[-1].split()]
