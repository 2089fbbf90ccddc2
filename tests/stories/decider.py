"""Someone else at the desk, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys

from engine.people import user_name
from tests.stories.place import PATIENCE, Place

# Someone at the desk who decides on each gate that is named, at once, and says how it
# went. The keys of the workbench and the commands end in this same act.
DECIDER = """
import sys
from pathlib import Path
from engine.desk import Desk
from engine.errors import CommandRefused
desk = Desk.open(Path(sys.argv[1]), via="workbench")
print("ready", flush=True)
for line in sys.stdin:
    gate, digest = line.split()
    try:
        desk.decide(gate, sys.argv[2], seen=digest)
        print("decided", flush=True)
    except CommandRefused as refusal:
        print(refusal, flush=True)
desk.close()
"""


class Decider:
    def __init__(self, place: Place, choice: str) -> None:
        self.choice = choice
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", DECIDER, str(place.root), choice],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=place.environment,
            text=True,
        )
        assert self.hears() == "ready"

    def says(self, words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()

    def hears(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leaves(self) -> None:
        self.process.communicate(timeout=PATIENCE)


def the_winner(answers: dict[str, str]) -> str:
    """Whose decision counted; the other was told who decided, in one line."""
    (winner,) = [choice for choice, answer in answers.items() if answer == "decided"]
    (refusal,) = [answer for answer in answers.values() if answer != "decided"]
    how = {"approve": "approved", "reject": "rejected"}[winner]
    assert f"is already {how} by {user_name(os.getuid())}" in refusal
    return winner
