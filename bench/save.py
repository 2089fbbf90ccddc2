"""From a saved file to its version in the store, by a runner in another process."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.decision import wait_for
from bench.workspace import end_runner, write_workspace
from engine.awake import ensure_runner
from engine.desk import Desk
from engine.importer import Importer
from store import definitions, runners

TIMES = 30
TEXT = "workflow: w{name}\nsteps:\n  - {{id: a, set: {{x: {value}}}}}\n"


def save_once(desk: Desk, value: int) -> float:
    """Seconds from the file's last byte to the version's row."""
    text = TEXT.format(name=0, value=value)
    sha = sha256(text.encode()).hexdigest()
    (desk.workspace.definitions / "w0.yaml").write_text(text)
    began = time.perf_counter()
    wait_for(lambda: definitions.version(desk.database, sha) is not None)
    return time.perf_counter() - began


def main() -> None:
    files = {f"w{n}.yaml": TEXT.format(name=n, value=0) for n in range(50)}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WEIR_STATE"] = f"{folder}/state"
        root = write_workspace(Path(folder) / "w", files)
        desk = Desk.open(root, via="cli")
        Importer(desk.engine).scan()
        ensure_runner(desk.workspace)
        wait_for(lambda: bool(runners.every(desk.database)))
        time.sleep(1.0)
        found = []
        for value in range(1, TIMES + 1):
            found.append(save_once(desk, value) * 1000)
            time.sleep(0.2)
        end_runner(desk.database)
        desk.close()
    print(f"file saved to version stored, 50 definitions, median of {TIMES}:")
    print(
        f"  {statistics.median(found):.0f} ms (at most 150), worst {max(found):.0f} ms"
    )


if __name__ == "__main__":
    main()
