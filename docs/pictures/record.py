"""Records the pictures of the README: real keys to a real `weir`, in a real terminal.

Run as `make pictures`. A server on this machine stands in for the model and gives the
answers below; the screen names it so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import pyte

from bench.watched import PATIENCE, Watched
from docs.pictures.terminal import Frame, Row, film, rows_of, still
from tests.model_server import Exchange, ModelServer, Reply, pieces

HERE = Path(__file__).parent
SIZE = COLUMNS, LINES = (120, 34)
WEIR = (sys.executable, "-P", "-c", "from tui.cli import main; main()")
BEAT = 0.1  # seconds between two looks at the screen
TYPING = 0.15  # between two keys
SEEN = 1.6  # seconds that a screen is looked at
SETTINGS = """\
name = "Renewals"
provider = "stand-in"

[providers.stand-in]
protocol = "chat"
base_url = "{url}"
model = "a-model"
api_key = "env:STAND_IN_KEY"

[databases]
crm = "crm.db"
"""
ANSWERS: tuple[dict[str, object], ...] = (
    {
        "overall_health": "Good",
        "summary": "Acme uses 212 of 250 seats, and usage has grown since its second"
        " plant went live in spring. One ticket is open, about the audit export.",
        "highlights": ["Usage up since spring", "Second plant live", "One open ticket"],
    },
    {
        "risk_score": 22,
        "overall_health": "Good",
        "factors": ["The audit export was asked for twice and has no date."],
        "recommendations": ["Bring a date for the audit export to the first meeting."],
    },
    {
        "uplift_percent": 6,
        "rationale": "Usage grew, and the second plant needs no new terms.",
        "opening_question": "What did the second plant change for your team?",
        "concession": "The audit export at no charge.",
    },
    {
        "subject": "Your second plant, and the year ahead",
        "body": "Your contract with us renews soon, and I would rather talk before that"
        " than after.\n\nWhat did the second plant change for your team? You also asked"
        " about the audit export: I will bring a date for it.\n\n"
        "Would Thursday suit you?",
    },
)


def slowly(answer: dict[str, object]) -> Reply:
    """The answer in small pieces, about as fast as a model says it."""

    def reply(to: Exchange) -> None:
        to.begin_stream()
        to.delta(role="assistant", content="")
        for piece in pieces(json.dumps(answer, indent=2), 12):
            time.sleep(0.1)
            to.delta(content=piece)
        to.delta(finish="stop")
        to.end_stream(prompt=412, completion=96)

    return reply


class Camera:
    """Sees what the terminal shows, ten times a second, and keeps what is new."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.screen = pyte.Screen(*SIZE)
        self.stream = pyte.ByteStream(self.screen)
        self.frames: list[Frame] = []
        self.said = ""
        self.time = 0.0
        self.poster = 0
        self._read = 0

    def begin(self, said: str) -> None:
        """Forget what was seen: the film begins with the next look."""
        self.frames, self.time, self.said = [], 0.0, said

    def until(self, text: str) -> None:
        """Look on until the text is on the screen."""
        end = time.monotonic() + PATIENCE
        while not any(text in line for line in self.screen.display):
            if time.monotonic() > end:
                shown = "\n".join(self.screen.display)
                raise SystemExit(f"{text!r} was never shown:\n{shown}")
            self.look(BEAT)

    def press(self, keys: str, text: str, said: str = "", seen: float = SEEN) -> None:
        """Press keys, each as a person would, until a text is there; and look at it."""
        self.said = said or self.said
        for key in keys:
            self.watched.press(key)
            self.look(TYPING)
        self.until(text)
        self.look(seen)

    def read_on(self) -> None:
        """Press space until there is no more to read."""
        before: list[str] = []
        while (now := self.screen.display) != before:
            before = now
            self.watched.press(" ")
            self.look(0.6)

    def look(self, seconds: float) -> None:
        for _ in range(round(seconds / BEAT) or 1):
            self.watched.listen(BEAT)
            self.stream.feed(self.watched.seen[self._read :])
            self._read = len(self.watched.seen)
            self._keep(rows_of(self.screen))
            self.time += BEAT

    def _keep(self, rows: tuple[Row, ...]) -> None:
        newest = self.frames[-1] if self.frames else None
        if newest is None or (rows, self.said) != (newest.rows, newest.said):
            self.frames.append(Frame(self.time, rows, self.said))

    def picture(self, name: str) -> None:
        """Keep the screen as a picture of its own; the first stands for the film."""
        self.poster = self.poster or len(self.frames) - 1
        (HERE / f"{name}.svg").write_text(still(rows_of(self.screen), COLUMNS))


def play(camera: Camera) -> None:
    camera.until("No run yet.")
    camera.begin("weir opens on the folder of a project")
    camera.look(SEEN)
    camera.press("n", "which workflow?", "n starts a run", 0.8)
    camera.press("prep\r", "Start renewal-prepare", seen=0.5)
    camera.press("acme", "acme", seen=0.5)
    camera.press("\r\r\r", "snapshot llm", "models answer into the log as they go", 0)
    camera.until("Approvals(1)")
    camera.look(SEEN)
    camera.press("2", "2 Approvals(1)▸", "the run waits at a gate: 2 goes there", 2.4)
    camera.picture("workbench")
    camera.press("z", "BLOCKS", "z makes it large, space reads on to its end")
    camera.press(" ", "Dear Wiley", seen=2.4)
    camera.picture("gate")
    camera.read_on()
    camera.press("a", "Approvals▸", "a approves what was read; u takes it back", 3)
    camera.until("✓ yes")
    camera.look(SEEN)
    camera.press("z3", "3 Log▸", "the run goes on, whoever is looking")
    camera.press(
        "1i", "History", "i looks into the run: what was asked, said, decided", 2
    )
    camera.press("[", "History", "[ goes back in time")
    camera.press("[[[", "History")
    camera.picture("run")


@contextmanager
def workspace() -> Iterator[tuple[Path, Mapping[str, str]]]:
    """The renewal example, a model beside it, and settings of nobody."""
    with tempfile.TemporaryDirectory() as folder, ModelServer() as server:
        server.then(*map(slowly, ANSWERS))
        place = Path(folder)
        about = {
            "XDG_CONFIG_HOME": str(place / "config"),
            "WEIR_STATE": str(place / "state"),
            "STAND_IN_KEY": "none",
            "COLORTERM": "truecolor",
            "LOGNAME": "ana",
        }
        root = place / "renewals"
        settings = SETTINGS.format(url=server.url)
        weir(about, "init", str(root), "--example", "renewal")
        (root / "weir.toml").write_text(settings)
        weir(about, "-C", str(root), "trust", "--yes")
        try:
            yield root, about
        finally:
            weir(about, "-C", str(root), "runner", "stop")


def weir(about: Mapping[str, str], *words: str) -> None:
    subprocess.run(
        [*WEIR, *words], env={**os.environ, **about}, check=True, capture_output=True
    )


def main() -> None:
    with workspace() as (root, about):
        with Watched([*WEIR, "-C", str(root), "open"], SIZE, about) as watched:
            camera = Camera(watched)
            play(camera)
        drawn = film(camera.frames, COLUMNS, camera.time, camera.poster)
        (HERE / "demonstration.svg").write_text(drawn)


if __name__ == "__main__":
    main()
