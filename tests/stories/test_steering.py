"""Acts on runs reach the processes that do the work, and are done by others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.stories.place import Place, is_gone, number_in, until

MakePlace = Callable[..., Place]

SLEEP = "'echo $$ > FOLDER/pid; sleep 600'"
SPENT = """workflow: spent
timeout: 1s
steps:
  - {id: work, shell: SLEEP}
finally:
  - {id: tidy, shell: 'echo {{ run.outcome }} >> FOLDER/end; exit 3'}
  - {id: tell, shell: 'echo told >> FOLDER/end'}
"""


def filled(text: str, folder: Path) -> str:
    return text.replace("SLEEP", SLEEP).replace("FOLDER", str(folder))


def test_the_time_of_a_run_is_kept_by_the_next_runner(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(spent=filled(SPENT, tmp_path))
    run = place.start("spent")
    first = place.wake()
    pid = number_in(tmp_path / "pid")
    place.kill(first)
    place.wake()
    state = place.until_run(run, "failed", "succeeded")
    assert (state.status, state.kind) == ("failed", "timeout")
    until(lambda: is_gone(pid), place.said)
    assert (tmp_path / "end").read_text() == "failed\ntold\n"
