"""Prompts and answers: how many can be made, and what a piece of an answer costs.

The four prompts of the renewal example are rendered with the data of one customer,
beside Jinja's own sandbox with filters that do nothing, which holds no template to a
budget. An answer of 20,000 pieces goes into the log of a run and on to the disk; what
that takes of a processor is told beside the same pieces joined in memory. A piece is on
its way to a screen from the moment it is written until another process can read it.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from jinja2.sandbox import SandboxedEnvironment

from bench.rounds import in_turns, show
from bench.workspace import add_workflow, engine_in
from engine.definition.filters import FILTERS
from engine.definition.kinds import Llm
from engine.definition.render import render
from engine.desk import Desk
from engine.handle import Engine
from engine.importer import Importer
from engine.runlog import RunLog
from engine.seeing import Scope, before, with_outputs
from engine.starting import contents, write_new
from engine.trust import Trust

TIMES = 250  # the four prompts, so often
PIECES = 20_000
LOOKS = 100
OUTPUTS = {
    "snapshot": {"overall_health": "Watch", "summary": "Usage fell by a tenth."},
    "risk": {
        "risk_score": 64,
        "overall_health": "Watch",
        "factors": ["usage", "tickets", "a new owner"],
        "recommendations": ["a call", "a workshop"],
    },
    "interview": {"opening_question": "What would you miss?", "uplift_percent": 4},
}
ONE = "workflow: one\nsteps: [{id: only, set: {x: 1}}]\n"

Prompts = list[tuple[str, Scope]]


def prompts() -> Prompts:
    """The texts of the renewal's llm steps, with all that they read."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WEIR_STATE"] = f"{folder}/state"
        root = Path(folder) / "w"
        root.mkdir()
        for place, data in contents(root, "renewal"):
            write_new(root, place, data)
        Trust.open().own(root)
        desk = Desk.open(root, via="script")
        Importer(desk.engine).scan()
        asked = before(desk.engine, "renewal-prepare", {"customer": "acme"})
        sight = with_outputs(asyncio.run(asked), OUTPUTS)
        desk.close()
    own = [step for step in sight.plan.workflow.steps if step.template is None]
    asked_for = [step.do.prompt for step in own if isinstance(step.do, Llm)]
    return [(prompt, sight.scope) for prompt in asked_for]


def rate(made: Callable[[], object], many: int) -> float:
    """How many a second."""
    began = time.perf_counter()
    made()
    return many / (time.perf_counter() - began)


def rendering(texts: Prompts) -> Callable[[], dict[str, float | None]]:
    plain = SandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    plain.filters = dict.fromkeys(FILTERS, lambda value, *_, **__: value)
    compiled = [(plain.from_string(text), scope) for text, scope in texts]

    def ours() -> None:
        for _ in range(TIMES):
            for text, scope in texts:
                render(text, scope)

    def theirs() -> None:
        for _ in range(TIMES):
            for template, scope in compiled:
                template.render(scope)

    many = TIMES * len(texts)
    return lambda: {"weir": rate(ours, many), "jinja": rate(theirs, many)}


def streaming() -> dict[str, float | None]:
    """Microseconds of a processor for each piece, the writer's included."""
    pieces = [f"word{n % 97} " + "\n" * (n % 12 == 0) for n in range(PIECES)]
    with engine_in() as engine:
        began = time.process_time()
        asyncio.run(log_all(engine, pieces))
        engine.database.writer.submit(lambda _: None).result()
        mine = time.process_time() - began
    began = time.process_time()
    heard: list[str] = []
    for piece in pieces:
        heard.append(piece)
    "".join(heard)
    joined = time.process_time() - began
    return {"weir": mine / PIECES * 1e6, "in memory": joined / PIECES * 1e6}


async def log_all(engine: Engine, pieces: list[str]) -> None:
    log = RunLog(engine)
    write = log.writer("r1", "draft", 1)
    for number, piece in enumerate(pieces):
        write("llm", piece)
        if number % 20 == 0:
            await asyncio.sleep(0)  # as the connection does between what it brings
    log.flush()


READER = """
import asyncio, sys, time
from pathlib import Path
from store import logs
from store.changes import changes
from store.database import open_database
async def read():
    database = open_database(Path(sys.argv[1]), read_only=True)
    seen = 0
    async for _ in changes(database):
        lines = logs.page(database, "r1", limit=1000)
        now = time.time()
        for line in lines[seen:]:
            print(line.text, now, flush=True)
        seen = max(seen, len(lines))
        if seen == int(sys.argv[2]): return
        if not seen: print("ready", flush=True)
asyncio.run(read())
"""


def to_be_read() -> list[float]:
    """Milliseconds from writing a line to reading it in another process."""
    with engine_in() as engine:
        add_workflow(engine, ONE)
        reader = subprocess.Popen(
            [sys.executable, "-c", READER, str(engine.database.folder), str(LOOKS)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )
        assert reader.stdout is not None
        reader.stdout.readline()
        asyncio.run(write_slowly(engine))
        out, _ = reader.communicate(timeout=60)
    found = [line.split() for line in out.splitlines() if line != "ready"]
    return [(float(read) - float(written)) * 1000 for written, read in found]


async def write_slowly(engine: Engine) -> None:
    log = RunLog(engine)
    write = log.writer("r1", "draft", 1)
    for _ in range(LOOKS):
        write("llm", f"{time.time()}\n")
        await asyncio.sleep(0.021)
    log.flush()
    await asyncio.sleep(0.1)


def main() -> None:
    texts = prompts()
    wanted = {"jinja": "Weir: at least 1,000 a second"}
    show("prompts of the renewal", in_turns(rendering(texts)), "a second", wanted)
    found = in_turns(streaming)
    show("a piece of an answer, into the log", found, "µs of a processor", {})
    print("  weir: at most 50 µs")
    times = to_be_read()
    late = statistics.quantiles(times, n=100)[98]
    print(
        f"from writing to reading elsewhere: median {statistics.median(times):.0f} ms,"
        f" 99 of 100 in {late:.0f} ms, of {len(times)} (at most 100 ms)"
    )


if __name__ == "__main__":
    main()
