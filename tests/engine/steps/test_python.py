"""A function of the workspace is called in a process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from engine.definition.kinds import Python
from engine.definition.model import Step
from engine.definition.typed import Field
from engine.machine.safety import is_safe
from engine.steps import Done, StepFailed, perform
from engine.workspace import Config, PythonConfig

SCORE = """
import os

def score(arr, name="x"):
    print("scoring", name)
    return {"score": arr * 2, "run": os.environ["WEIR_RUN_ID"], "pid": os.getpid()}

async def later():
    return 7

def broken():
    raise ValueError("no figures")

def odd():
    return {1, 2}

def leave():
    os._exit(3)
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    folder = tmp_path / "lib"
    folder.mkdir()
    (folder / "risk.py").write_text(SCORE)
    (tmp_path / "files.py").write_text("def ours(): return 'the workspace'\n")
    return folder


def step(call: str, output: dict[str, Field] | None = None, **given: Any) -> Step:
    return Step("a", "python", Python(call, given), output=output or {})


async def left(make_work: Any, it: Step, config: Config | None = None) -> Any:
    done = await perform(make_work(it, {"inputs": {"arr": 21}}, config), 0.0)
    assert isinstance(done, Done)
    return done.output


async def test_a_function_gets_values_and_leaves_one(
    make_work: Any, module: Path, log: list[tuple[str, str]]
) -> None:
    it = step("lib.risk:score", arr="{{ inputs.arr }}", name="acme")
    value = (await left(make_work, it))["value"]
    assert (value["score"], value["run"]) == (42, "r1")
    assert "".join(text for stream, text in log if stream == "out") == "scoring acme\n"


async def test_what_it_returns_fits_the_output(make_work: Any, module: Path) -> None:
    wanted = {"score": Field("integer"), "run": Field(), "pid": Field("integer")}
    made = await left(make_work, step("lib.risk:score", wanted, arr=1))
    assert made["score"] == 2
    with pytest.raises(StepFailed, match="not the object that `output` declares"):
        await left(make_work, step("lib.risk:later", wanted))


USES = """
from lib.risk import score

def twice(arr):
    import later
    return later.double(score(arr)["score"])
"""


async def test_the_files_of_the_workspace_that_it_ran_are_told(
    make_work: Any, module: Path
) -> None:
    (module / "uses.py").write_text(USES)
    (module / "unused.py").write_text("")
    later = module.parent / "later.py"
    later.write_text("def double(n):\n    return 2 * n\n")
    work = make_work(step("lib.uses:twice", arr=21), {})
    done = await perform(work, 0.0)
    assert isinstance(done, Done)
    assert done.output == {"value": 84}
    assert done.code == {
        name: hashlib.sha256((module.parent / name).read_bytes()).hexdigest()
        for name in ("lib/uses.py", "lib/risk.py", "later.py")
    }


SAVES = """
from pathlib import Path

def save():
    Path(__file__).write_text("def save(): ...")
"""


async def test_what_is_saved_while_it_works_is_not_what_it_ran(
    make_work: Any, module: Path
) -> None:
    (module / "saves.py").write_text(SAVES)
    done = await perform(make_work(step("lib.saves:save"), {}), 0.0)
    assert isinstance(done, Done)
    digest = hashlib.sha256(SAVES.encode()).hexdigest()
    assert done.code == {"lib/saves.py": digest}


async def test_a_python_that_is_kept_in_the_workspace_is_not_its_code(
    make_work: Any, module: Path
) -> None:
    hidden = module.parent / ".venv"
    hidden.mkdir()
    (hidden / "dep.py").write_text("")
    text = "import sys\nsys.path.append('.venv')\nimport dep\ndef go(): ...\n"
    (module / "goes.py").write_text(text)
    done = await perform(make_work(step("lib.goes:go"), {}), 0.0)
    assert isinstance(done, Done)
    assert list(done.code) == ["lib/goes.py"]


async def test_a_coroutine_is_run_to_its_end(make_work: Any, module: Path) -> None:
    assert await left(make_work, step("lib.risk:later")) == {"value": 7}


async def test_no_module_of_weir_stands_before_one_of_the_workspace(
    make_work: Any, module: Path
) -> None:
    assert await left(make_work, step("files:ours")) == {"value": "the workspace"}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("lib.risk:broken", "exit status 1: ValueError: no figures"),
        ("lib.risk:missing", "has no attribute 'missing'"),
        ("lib.nothing:x", "No module named 'lib.nothing'"),
        ("lib.risk:odd", "set is not JSON serializable"),
        ("lib.risk:leave", "exit status 3"),
        ("lib.risk:score", "missing 1 required positional argument: 'arr'"),
    ],
)
async def test_a_failure_is_one_line_with_its_trace_behind_it(
    make_work: Any, module: Path, call: str, said: str
) -> None:
    with pytest.raises(StepFailed, match=said) as failure:
        await left(make_work, step(call))
    assert "\n" not in failure.value.failure.message


async def test_another_python_may_be_named(make_work: Any, module: Path) -> None:
    config = Config(python=PythonConfig("no-such-python"))
    with pytest.raises(StepFailed, match=r"see \[python\] in weir.toml"):
        await left(make_work, step("files:ours"), config)


async def test_cancelling_ends_the_process(make_work: Any, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import os, time\ndef go():\n"
        "    open('pid', 'w').write(str(os.getpid()))\n    time.sleep(600)\n"
    )
    task = asyncio.create_task(left(make_work, step("slow:go")))
    pid = tmp_path / "pid"
    while not (pid.exists() and pid.read_text()):  # noqa: ASYNC110 (another process)
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not os.path.exists(f"/proc/{pid.read_text()}")  # noqa: ASYNC240, PTH110


def test_it_is_not_repeated_without_asking() -> None:
    assert not is_safe(step("a:b"))
