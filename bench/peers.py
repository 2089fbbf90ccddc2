"""Ten no-op steps as DBOS and LangGraph do them, each on its SQLite.

Run as `python bench/peers.py dbos|langgraph|functional FOLDER RUNS AT_ONCE`; prints
steps a second. `functional` is LangGraph's functional API. The packages are the `bench`
extra and no part of Weir. Each peer is given the way of running many at once that it
documents, a plain call where it runs one after another, and its own default
durability. `python bench/peers.py decision FOLDER TIMES` prints the milliseconds from a
message of a client in another process to the start of the step that waited for it.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypedDict

STEPS = 10


def address(folder: Path) -> str:
    return f"sqlite:///{folder}/dbos.sqlite"


def prepare(folder: Path) -> None:
    from dbos import DBOS

    DBOS(
        config={
            "name": "bench",
            "system_database_url": address(folder),
            "log_level": "ERROR",
            "run_admin_server": False,
        }
    )


def decision(folder: Path, times: int) -> str:
    from dbos import DBOS

    prepare(folder)

    @DBOS.step()
    def after() -> float:
        return time.time()

    @DBOS.workflow()
    def gate() -> float:
        DBOS.recv("decision", timeout_seconds=60)
        return after()

    DBOS.launch()
    client = [sys.executable, __file__, "client", str(folder)]
    found = []
    with subprocess.Popen(
        client, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        for _ in range(times):
            handle = DBOS.start_workflow(gate)
            print(handle.workflow_id, file=other.stdin, flush=True)
            began = float(other.stdout.readline())
            found.append((handle.get_result() - began) * 1000)
        other.stdin.close()
    DBOS.destroy()
    return " ".join(f"{each:.2f}" for each in found)


def client(folder: Path) -> None:
    """Send to each workflow that is named, a moment later; say when that was."""
    from dbos import DBOSClient

    sender = DBOSClient(system_database_url=address(folder))
    for line in sys.stdin:
        time.sleep(0.3 + random.random())  # its listener looks once a second
        began = time.time()
        sender.send(line.strip(), "approve", "decision")
        print(began, flush=True)


def dbos(folder: Path, runs: int, at_once: int) -> float:
    from dbos import DBOS

    prepare(folder)

    @DBOS.step()
    def step(number: int) -> int:
        return number

    @DBOS.workflow()
    def chain() -> int:
        return sum(step(n) for n in range(STEPS))

    DBOS.launch()
    DBOS.start_workflow(chain).get_result()
    began = time.perf_counter()
    for first in range(0, runs, at_once):
        if at_once == 1:
            chain()
            continue
        count = min(at_once, runs - first)
        handles = [DBOS.start_workflow(chain) for _ in range(count)]
        for handle in handles:
            handle.get_result()
    seconds = time.perf_counter() - began
    DBOS.destroy()
    return runs * STEPS / seconds


class State(TypedDict):
    number: int


def langgraph(folder: Path, runs: int, at_once: int) -> float:
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph

    def node(state: State) -> State:
        return {"number": state["number"] + 1}

    builder: Any = StateGraph(State)
    names = [f"s{n}" for n in range(STEPS)]
    for name in names:
        builder.add_node(name, node)
    for before, after in zip([START, *names], [*names, END], strict=True):
        builder.add_edge(before, after)
    with SqliteSaver.from_conn_string(str(folder / "langgraph.sqlite")) as saver:
        graph = builder.compile(checkpointer=saver)

        def one(number: int) -> None:
            graph.invoke({"number": 0}, {"configurable": {"thread_id": str(number)}})

        one(-1)
        began = time.perf_counter()
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(one, range(runs)))
        together = runs * STEPS / (time.perf_counter() - began)
        began = time.perf_counter()
        for number in range(runs, 2 * runs):
            one(number)
        return max(together, runs * STEPS / (time.perf_counter() - began))


def functional(folder: Path, runs: int, at_once: int) -> float:
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.func import entrypoint, task

    @task
    def step(number: int) -> int:
        return number

    with SqliteSaver.from_conn_string(str(folder / "langgraph.sqlite")) as saver:

        @entrypoint(checkpointer=saver)
        def chain(_: int) -> int:
            return sum(step(n).result() for n in range(STEPS))

        def one(number: int) -> None:
            chain.invoke(0, {"configurable": {"thread_id": str(number)}})

        one(-1)
        began = time.perf_counter()
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(one, range(runs)))
        return runs * STEPS / (time.perf_counter() - began)


RATES = {"dbos": dbos, "langgraph": langgraph, "functional": functional}

if __name__ == "__main__":
    which, folder, *counts = sys.argv[1:]
    if which == "client":
        client(Path(folder))
    elif which == "decision":
        print(decision(Path(folder), int(counts[0])))
    else:
        print(f"{RATES[which](Path(folder), *map(int, counts)):.1f}")
