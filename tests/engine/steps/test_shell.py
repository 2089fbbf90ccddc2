"""A shell step runs in the workspace and leaves text, JSON, or a reason."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from engine.definition.kinds import Shell
from engine.definition.model import Step
from engine.definition.typed import Field
from engine.machine.state import Failure
from engine.steps import StepFailed, perform


def step(do: Shell, **more: Any) -> Step:
    return Step(id="build", kind="shell", do=do, **more)


async def output(work: Any) -> Any:
    return (await perform(work, 0.0)).output


async def failure(work: Any) -> Failure:
    with pytest.raises(StepFailed) as caught:
        await perform(work, 0.0)
    return caught.value.failure


async def test_its_text_and_its_log(make_work: Any, log: list[Any]) -> None:
    do = Shell(run="echo {{ inputs.who | quote }}; echo; echo warn >&2")
    work = make_work(step(do), {"inputs": {"who": "a b; ls"}})
    assert await output(work) == {"stdout": "a b; ls\n", "stderr": "warn\n", "exit": 0}
    assert "".join(text for stream, text in log if stream == "out") == "a b; ls\n\n"


async def test_a_list_goes_past_the_shell(make_work: Any) -> None:
    do = Shell(run=("printf", "%s", "{{ inputs.who }}"))
    work = make_work(step(do), {"inputs": {"who": "$(id); `id`"}})
    assert (await output(work))["stdout"] == "$(id); `id`"


async def test_it_knows_its_run_and_its_place(make_work: Any, tmp_path: Path) -> None:
    (tmp_path / "sub dir").mkdir()
    do = Shell(
        run="pwd; echo $WEIR_RUN_ID $WEIR_STEP $WEIR_ATTEMPT $A; cat",
        env={"A": "{{ inputs.a }}", "WEIR_RUN_ID": "forged"},
        stdin="in {{ inputs.a }}",
        cwd="{{ inputs.where }}",
    )
    inputs = {"a": "x", "where": "sub dir"}
    work = make_work(step(do), {"inputs": inputs}, path="build#2", attempt=3)
    said = (await output(work))["stdout"]
    assert said == f"{tmp_path}/sub dir\nr1 build#2 3 x\nin x"


@pytest.mark.parametrize("cwd", ["..", "/tmp", "link", "absent"])
async def test_it_stays_inside_the_workspace(
    make_work: Any, tmp_path: Path, cwd: str
) -> None:
    (tmp_path / "link").symlink_to("/")
    said = await failure(make_work(step(Shell(run="touch ran", cwd=cwd))))
    assert said.message.startswith("cwd: ")


async def test_a_status_other_than_zero_is_told_with_the_last_word(
    make_work: Any,
) -> None:
    script = "i=0; while [ $i -lt 50 ]; do echo line $i >&2; i=$((i+1)); done; exit 3"
    said = await failure(make_work(step(Shell(run=script))))
    assert (said.kind, said.message) == ("exit", "exit status 3: line 49")
    assert said.details.splitlines() == [f"line {i}" for i in range(30, 50)]
    assert (said.retryable, said.sign) == (True, "exit:3")


async def test_a_signal_is_told_as_one(make_work: Any) -> None:
    said = await failure(make_work(step(Shell(run="kill -9 $$"))))
    assert (said.message, said.sign) == ("ended by signal 9", "")


async def test_a_program_that_is_not_there_is_named(make_work: Any) -> None:
    said = await failure(make_work(step(Shell(run=("no-such-program",)))))
    assert (said.message, said.retryable) == (
        "there is no program no-such-program",
        False,
    )
    said = await failure(make_work(step(Shell(run=("echo", "a\0b")))))
    assert "can't be started" in said.message


FIELDS = {"n": Field(type="integer"), "s": Field(has_default=True, default="d")}


async def test_declared_output_is_read_as_json(make_work: Any) -> None:
    work = make_work(step(Shell(run="echo '{\"n\": 3}'"), output=FIELDS))
    assert await output(work) == {"n": 3, "s": "d"}


@pytest.mark.parametrize("said", ["{", "[1]", '{"n": "x"}', '{"n": 1, "m": 2}', ""])
async def test_output_that_is_not_as_declared_fails(make_work: Any, said: str) -> None:
    work = make_work(step(Shell(run=("printf", "%s", said)), output=FIELDS))
    assert (await failure(work)).kind == "output"


async def test_ten_megabytes_are_refused_with_what_to_do(make_work: Any) -> None:
    do = Shell(run="head -c 10000000 /dev/zero | tr '\\0' x")
    said = await failure(make_work(step(do)))
    assert (said.kind, said.retryable) == ("limit", False)
    assert "write it to a file" in said.message


async def test_a_step_whose_time_is_up_leaves_nothing_running(
    make_work: Any, tmp_path: Path
) -> None:
    groups: list[int] = []
    do = Shell(run="trap 'echo asked > said; exit' TERM; sleep 1000 & echo up; wait")
    up = asyncio.Event()
    work = make_work(step(do), started=groups.append, log=lambda *a: up.set())
    task = asyncio.ensure_future(perform(work, 0.0))
    await asyncio.wait_for(up.wait(), 20)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(task, 0)
    assert (tmp_path / "said").read_text() == "asked\n"
    assert len(groups) == 1
