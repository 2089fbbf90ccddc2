"""A workspace is found, and its weir.toml read strictly or refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InvalidConfig, InvalidWorkspace
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

# Text, and what is said after the file's name: line, column, words.
WRONG = {
    'nmae = "x"': "1:1: unknown key nmae; did you mean name?",
    "[limit]\nsteps = 1": "1:1: unknown key limit; did you mean limits?",
    "[limits]\nstep = 1": "2:1: unknown key limits.step; did you mean steps?",
    "[limits]\nsteps = 0": "2:1: limits.steps: expected int >= 1",
    "[http]\nname = 1": "2:1: unknown key http.name; `name` belongs above the first [t",
    "[providers.a]\nkey_api = 1": "2:1: unknown key providers.a.key_api; known:",
    "[http]\nzzz = 1": "2:1: unknown key http.zzz; known: hosts",
    "[roles]\ncsm = 'ana'": "2:1: roles.csm: expected array, got str",
    "limits = 3": "1:1: limits: expected object, got int",
    "[notify]\nper_day = 3": "2:1: unknown key notify.per_day; known: targets",
    "[notify.quiet]\ntill = 7": "2:1: unknown key notify.quiet.till; did you",
    '[notify.quiet]\nfrom = "22:00"\nuntil = "7:00"': (
        "1:1: notify.quiet: '7:00' is no time of day; write one like 22:00"
    ),
    '[notify.quiet]\nfrom = "22:00"\nuntil = "22:00"': (
        "1:1: notify.quiet: from and until are both 22:00; say two times"
    ),
    '[notify.quiet]\nfrom="22:00"\nuntil="07:00"\ntimezone="Mars"': (
        "1:1: notify.quiet: there is no time zone Mars; write one like"
    ),
    '[[notify.rules]]\nto = ["ops"]': "1:1: notify: rule 1 is for ops, which is",
    "[[notify.rules]]\nto = []": "2:1: notify.rules[0].to: expected array of",
    "[[notify.rules]]\nwho = 1": "2:1: unknown key notify.rules[0].who; known: to",
    '[notify.targets]\n"a b" = ""': "1:1: notify: 'a b' is no name; write",
    "providers = 3": "1:1: providers: expected object, got int",
    "a = ": "1:4: this is no TOML: invalid value",
    "a = 1\na = 2": "2:6: this is no TOML: cannot overwrite a value",
}


# Where a value holds what looks like a key or a table, that is none.
MANY = """
nmae = "x"
model = 3
env = [
  "A", # nmae = 1
  "B",
]
[roles]
csm = ["ana", 3]
[limits]
# steps = 1
steps = 0
[limits.providers]
openai = "two"
[notify.targets]
ops = "json://x/[[notify.rules]]"
[[notify.rules]]
to = ["ops"]
[[notify.rules]]
to = []
"""


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
    assert str(refused.value).startswith(f"weir.toml:{said}")
    assert "\n" not in str(refused.value)


def test_all_that_is_wrong_is_told_each_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "weir.toml").write_text(MANY)
    with pytest.raises(InvalidConfig) as refused:
        open_workspace(tmp_path)
    told = [(each.line, each.message) for each in refused.value.problems]
    assert told == [
        (2, "unknown key nmae"),
        (3, "model: expected str, got int"),
        (9, "roles.csm[1]: expected str, got int"),
        (12, "limits.steps: expected int >= 1"),
        (14, "limits.providers.openai: expected int, got str"),
        (20, "notify.rules[1].to: expected array of length >= 1"),
    ]


def test_a_weir_toml_with_a_mark_of_its_byte_order_is_read(tmp_path: Path) -> None:
    (tmp_path / "weir.toml").write_bytes(b'\xef\xbb\xbfname = "x"')
    assert open_workspace(tmp_path).config.name == "x"


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weir.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(InvalidWorkspace, match=r"weir\.toml:1:9: .* is not UTF-8"):
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
