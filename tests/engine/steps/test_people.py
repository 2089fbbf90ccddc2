"""Who decides is named by the operating system, with where they came from."""

from __future__ import annotations

import os
import pty
import pwd
import sys
from pathlib import Path

import pytest

from engine import people
from engine.workspace import Config, Workspace

ME = pwd.getpwuid(os.getuid()).pw_name


def workspace(roles: dict[str, tuple[str, ...]]) -> Workspace:
    return Workspace(Path("/nowhere"), Config(roles=roles))


def test_variables_that_name_a_user_are_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("USER", "LOGNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "ana")
    actor = people.current_actor(workspace({"csm": ("ana",)}), "cli")
    assert (actor.name, actor.uid, actor.roles) == (ME, os.getuid(), ())


def test_roles_and_the_way_in_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5000 10.0.0.2 22")
    roles = {"csm": ("x", ME), "admin": (ME,), "other": ("x",)}
    actor = people.current_actor(workspace(roles), "workbench")
    assert actor.roles == ("admin", "csm")
    assert actor.ssh == "10.0.0.1 5000 10.0.0.2 22"
    assert actor.via == "workbench"
    assert actor.machine == os.uname().nodename


def test_a_user_without_a_name_is_its_number() -> None:
    assert people.user_name(2**31 - 7) == str(2**31 - 7)


@pytest.mark.parametrize(
    ("text", "uid"), [("1000", 1000), ("4294967295", None), ("", None), ("x", None)]
)
def test_who_logged_in_is_read_from_the_kernel(
    tmp_path: Path, text: str, uid: int | None
) -> None:
    (tmp_path / "loginuid").write_text(text)
    assert people.login_uid(tmp_path / "loginuid") == uid
    assert people.login_uid(tmp_path / "absent") is None


def test_the_terminal_is_the_one_on_standard_input(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", 0), os.fdopen(theirs, "rb", 0) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        assert people.terminal() == os.ttyname(theirs)
    with Path("/dev/null").open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert people.terminal() == ""
    monkeypatch.setattr(sys, "stdin", None)
    assert people.terminal() == ""


def test_a_step_of_a_run_is_told_from_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEIR_RUN_ID", raising=False)
    assert not people.inside_a_run()
    monkeypatch.setenv("WEIR_RUN_ID", "r1")
    assert people.inside_a_run()
