"""A workspace is found, and its weir.toml read strictly or refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InvalidWorkspace
from engine.workspace import find_workspace, open_workspace

WHOLE = """
name = "renewals"
provider = "mock"
model = "small"
env = ["TEAM"]

[roles]
csm = ["ana", "ben"]

[limits]
steps = 3
providers = {openai = 2}

[providers.local]
base_url = "http://127.0.0.1:8080/v1"
timeout = 30

[databases]
crm = "data/crm.db"

[http]
hosts = ["localhost:8080"]
"""

WRONG = {
    'nmae = "x"': "weir.toml: unknown key nmae; did you mean name?",
    "[limit]\nsteps = 1": "weir.toml: unknown key limit; did you mean limits?",
    "[limits]\nstep = 1": "weir.toml: unknown key limits.step; did you mean steps?",
    "[limits]\nsteps = 0": "weir.toml: limits.steps: expected int >= 1",
    "[providers.a]\nkey_api = 1": "weir.toml: unknown key providers.a.key_api; known:",
    "[http]\nzzz = 1": "weir.toml: unknown key http.zzz; known: hosts",
    "[roles]\ncsm = 'ana'": "weir.toml: roles.*: expected array, got str",
    "limits = 3": "weir.toml: limits: expected object, got int",
    "[notify]\nper_day = 3": "weir.toml: unknown key notify.per_day; known: targets",
    "[notify.quiet]\ntill = 7": "weir.toml: unknown key notify.quiet.till; did you",
    '[notify.quiet]\nfrom = "22:00"\nuntil = "7:00"': (
        "weir.toml: notify.quiet: '7:00' is no time of day; write one like 22:00"
    ),
    '[notify.quiet]\nfrom = "22:00"\nuntil = "22:00"': (
        "weir.toml: notify.quiet: from and until are both 22:00; say two times"
    ),
    '[notify.quiet]\nfrom="22:00"\nuntil="07:00"\ntimezone="Mars"': (
        "weir.toml: notify.quiet: there is no time zone Mars; write one like"
    ),
    '[[notify.rules]]\nto = ["ops"]': "weir.toml: notify: rule 1 is for ops, which is",
    "[[notify.rules]]\nto = []": "weir.toml: notify.rules[0].to: expected array of",
    "[[notify.rules]]\nwho = 1": "weir.toml: unknown key notify.rules.who; known: to",
    '[notify.targets]\n"a b" = ""': "weir.toml: notify: 'a b' is no name; write",
    "providers = 3": "weir.toml: providers: expected object, got int",
    "a = ": "weir.toml: Invalid value",
    "a = 1\na = 2": "weir.toml: Cannot overwrite a value",
}


def test_every_setting_is_read(tmp_path: Path) -> None:
    (tmp_path / "weir.toml").write_text(WHOLE)
    config = open_workspace(tmp_path).config
    assert config.name == "renewals"
    assert config.roles == {"csm": ("ana", "ben")}
    assert config.limits.providers == {"openai": 2}
    assert config.providers["local"].timeout == 30
    assert config.providers["local"].api_key == "", "that of its protocol"
    assert config.databases == {"crm": "data/crm.db"}
    assert config.http.hosts == ("localhost:8080",)


@pytest.mark.parametrize(("text", "said"), WRONG.items())
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "weir.toml").write_text(text)
    with pytest.raises(InvalidWorkspace) as refused:
        open_workspace(tmp_path)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weir.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(InvalidWorkspace, match=r"weir\.toml: not UTF-8 at byte 8"):
        open_workspace(tmp_path)


def test_a_weir_toml_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "weir.toml").symlink_to("elsewhere")
    with pytest.raises(InvalidWorkspace, match=r"weir\.toml: .* is a link"):
        open_workspace(tmp_path)


def test_workflows_alone_make_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "workflows").mkdir()
    workspace = open_workspace(tmp_path)
    assert workspace.config.limits.steps == 8
    assert workspace.folder == tmp_path.resolve() / ".weir"
    assert workspace.definitions == tmp_path.resolve() / "workflows"


def test_an_empty_folder_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(InvalidWorkspace, match="weir init"):
        open_workspace(tmp_path)


def test_a_workspace_is_found_from_a_folder_below(tmp_path: Path) -> None:
    (tmp_path / "weir.toml").write_text("")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_workspace(below) == tmp_path.resolve()


def test_the_workflows_of_github_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "weir.toml").write_text("")
    below = tmp_path / ".github" / "workflows"
    below.mkdir(parents=True)
    assert find_workspace(below) == tmp_path.resolve()


def test_where_there_is_none_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidWorkspace, match="weir init"):
        find_workspace(tmp_path)
    with pytest.raises(InvalidWorkspace, match="is not a folder"):
        find_workspace(tmp_path / "absent")
