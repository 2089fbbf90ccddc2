"""A program runs in a group of its own, and all of the group ends with it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from engine import process
from engine.process import Finished, Program, TooMuchOutput, end_group, execute

Log = list[tuple[str, str]]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 (another process makes it true)
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not buried does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return status != "Z"


def written(path: Path) -> bool:
    return path.exists() and path.read_text().endswith("\n")


async def run(program: Program) -> tuple[Finished, Log, list[int]]:
    log: Log = []
    groups: list[int] = []
    finished = await execute(program, lambda *a: log.append(a), groups.append)
    return finished, log, groups


def text(log: Log, stream: str) -> str:
    return "".join(piece for name, piece in log if name == stream)


async def test_output_is_kept_and_told_as_it_comes(tmp_path: Path) -> None:
    program = Program("echo one; echo two >&2; printf three; exit 4", tmp_path)
    finished, log, groups = await run(program)
    assert finished == Finished(4, "one\nthree", "two\n")
    assert (text(log, "out"), text(log, "err")) == ("one\nthree", "two\n")
    assert len(groups) == 1


async def test_a_list_is_run_without_a_shell(tmp_path: Path) -> None:
    finished, _, _ = await run(Program(["echo", "$HOME; ls", "*"], tmp_path))
    assert finished.out == "$HOME; ls *\n"


async def test_standard_input_is_the_text_or_nothing(tmp_path: Path) -> None:
    finished, _, _ = await run(Program("cat", tmp_path, stdin="grüße\n" * 50_000))
    assert finished.out == "grüße\n" * 50_000
    finished, _, _ = await run(Program("cat /dev/stdin", tmp_path))
    assert finished.out == ""


async def test_input_that_nobody_reads_keeps_nobody_waiting(tmp_path: Path) -> None:
    finished, _, _ = await run(Program("true", tmp_path, stdin="x" * 5_000_000))
    assert finished.code == 0


async def test_no_secret_of_ours_is_inherited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("LC_TIME", "C")
    finished, _, _ = await run(Program("env", tmp_path, {"ADDED": "yes"}))
    seen = dict(line.split("=", 1) for line in finished.out.splitlines())
    assert "OPENAI_API_KEY" not in seen
    assert seen["TERM"] == "dumb"
    assert seen["PATH"] == os.environ["PATH"]
    assert (seen["ADDED"], seen["LC_TIME"]) == ("yes", "C")


async def test_bytes_that_are_not_text_are_replaced_and_logged_as_they_are(
    tmp_path: Path,
) -> None:
    finished, log, _ = await run(Program(r"printf 'a\377b\303'", tmp_path))
    assert finished.out == "a\ufffdb\ufffd"
    assert text(log, "out").encode(errors="surrogateescape") == b"a\xffb\xc3"


async def test_a_letter_cut_in_two_by_the_pipe_stays_whole(tmp_path: Path) -> None:
    # The program halves a letter, and goes on when the first half has been read.
    go = tmp_path / "go"
    script = r"printf 'x\303'; while [ ! -e go ]; do sleep 0.01; done; printf '\244'"
    log: Log = []

    def tell(stream: str, piece: str) -> None:
        log.append((stream, piece))
        go.touch()

    await execute(Program(script, tmp_path), tell, lambda pid: None)
    assert text(log, "out") == "xä"


async def test_more_output_than_is_kept_ends_it(tmp_path: Path) -> None:
    pids: list[int] = []
    with pytest.raises(TooMuchOutput):
        await execute(Program("yes", tmp_path), lambda *a: None, pids.append)
    await until(lambda: not alive(pids[0]))


async def test_ten_megabytes_on_standard_error_keep_their_end(tmp_path: Path) -> None:
    script = "head -c 12000000 /dev/zero | tr '\\0' x >&2; echo the end >&2"
    finished, log, _ = await run(Program(script, tmp_path))
    assert finished.err.endswith("xthe end\n")
    assert len(finished.err) == 64 * 1024
    assert len(text(log, "err")) < 11_000_000
    assert text(log, "err").endswith("… the rest is not logged\n")


async def test_what_is_left_in_the_background_ends_with_it(tmp_path: Path) -> None:
    script = "(echo $$ > group; exec sleep 1000) & echo $! > child; echo done"
    finished, _, groups = await run(Program(script, tmp_path))
    assert (finished.code, finished.out) == (0, "done\n")
    child = int((tmp_path / "child").read_text())
    await until(lambda: not alive(child))
    assert groups[0] != child


async def test_a_chatty_child_in_the_background_does_not_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE", 0.2)
    monkeypatch.setattr(process, "LINGER", 0.5)
    script = "(while :; do echo x >&2; sleep 0.01; done) & echo done"
    finished, _, _ = await run(Program(script, tmp_path))
    assert finished.out == "done\n"


GRANDCHILDREN = """
trap '' TERM
sh -c 'trap "" TERM; echo $$ > grandchild; while :; do sleep 1; done' &
echo $$ > child
wait
"""


OBEDIENT = GRANDCHILDREN.replace("trap '' TERM", "").replace('trap "" TERM; ', "")


@pytest.mark.parametrize("script", [GRANDCHILDREN, OBEDIENT], ids=["deaf", "obedient"])
async def test_grandchildren_die_when_it_is_cancelled(
    tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE", 0.2)
    program = Program(script, tmp_path)
    task = asyncio.ensure_future(execute(program, lambda *a: None, lambda pid: None))
    files = [tmp_path / "child", tmp_path / "grandchild"]
    await until(lambda: all(written(path) for path in files))
    pids = [int(path.read_text()) for path in files]
    assert all(alive(pid) for pid in pids)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not any(alive(pid) for pid in pids))


async def test_a_program_is_asked_before_it_is_made_to_end(tmp_path: Path) -> None:
    script = "trap 'echo asked > said; exit 0' TERM; echo > up; sleep 1000 & wait"
    task = asyncio.ensure_future(
        execute(Program(script, tmp_path), lambda *a: None, lambda pid: None)
    )
    await until(lambda: written(tmp_path / "up"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "said").read_text() == "asked\n"


async def test_a_group_that_is_gone_is_no_error() -> None:
    child = await asyncio.create_subprocess_exec("true", start_new_session=True)
    await child.wait()
    await end_group(child.pid, grace=5.0)


async def test_a_group_that_does_not_listen_is_made_to_end(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        "sh", "-c", "trap '' TERM; echo > up; while :; do sleep 1; done",
        cwd=tmp_path, start_new_session=True,
    )  # fmt: skip
    await until(lambda: written(tmp_path / "up"))
    await end_group(child.pid, grace=0.1)
    assert await child.wait() == -signal.SIGKILL


async def test_what_can_not_be_recorded_does_not_go_on(tmp_path: Path) -> None:
    pids: list[int] = []

    def refuse(pid: int) -> None:
        pids.append(pid)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        await execute(Program("sleep 1000", tmp_path), lambda *a: None, refuse)
    await until(lambda: not alive(pids[0]))


@pytest.mark.parametrize(
    ("program", "error"),
    [(["/no/such/program"], FileNotFoundError), (["a\0b"], ValueError)],
)
async def test_what_can_not_be_started_is_an_error(
    tmp_path: Path, program: list[str], error: type[Exception]
) -> None:
    started: Callable[[int], None] = lambda pid: pytest.fail("nothing began")  # noqa: E731
    running: Awaitable[Finished] = execute(
        Program(program, tmp_path), lambda *a: None, started
    )
    with pytest.raises(error):
        await running
