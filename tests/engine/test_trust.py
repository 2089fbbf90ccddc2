"""Whose texts may run: real clones, pulls, merges and edits."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.definition.kinds import Http, Llm, Python, Shell
from engine.definition.model import Agent, ContextSource, Step, Workflow
from engine.errors import WeirError
from engine.git import blob_id, commits_of, git
from engine.reach import Reach, reach
from engine.trust import Trust

PATH = "workflows/a.yaml"
OURS = b"workflow: a\ntitle: ours\n"
THEIRS = b"workflow: a\ntitle: theirs\n"


@pytest.fixture
def trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trust:
    monkeypatch.setenv("WEIR_STATE", str(tmp_path / "state"))
    return Trust.open()


def run(root: Path, *arguments: str) -> str:
    """Git, as a person would call it."""
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org"]
    quiet = ["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]
    done = subprocess.run(
        ["git", *who, *quiet, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def write(root: Path, text: bytes, path: str = PATH) -> bytes:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text)
    return text


def commit(root: Path, text: bytes, path: str = PATH) -> None:
    write(root, text, path)
    run(root, "add", "-A")
    run(root, "commit", "-qm", "Change")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A repository that someone else fills."""
    root = tmp_path / "theirs"
    root.mkdir()
    run(root, "init", "-q")
    commit(root, b"workflow: a\n")
    return root


@pytest.fixture
def clone(tmp_path: Path, theirs: Path, trust: Trust) -> Path:
    """Our clone of it, taken over, its first text trusted."""
    run(tmp_path, "clone", "-q", str(theirs), "clone")
    root = tmp_path / "clone"
    trust.own(root)
    trust.trust_texts(root, {PATH: b"workflow: a\n"})
    return root


@pytest.fixture
def own(tmp_path: Path, trust: Trust) -> Path:
    """A workspace made here, in a repository made here."""
    root = tmp_path / "own"
    root.mkdir()
    run(root, "init", "-q")
    commit(root, b"workflow: a\n")
    trust.own(root)
    return root


def may_run(trust: Trust, root: Path, text: bytes, path: str = PATH) -> bool:
    return trust.untrusted(root, {path: text}) == []


def test_a_folder_someone_else_filled_may_not_run(trust: Trust, tmp_path: Path) -> None:
    files = {"workflows/b.yaml": b"b", PATH: OURS}
    assert trust.untrusted(tmp_path, files) == [PATH, "workflows/b.yaml"]
    assert not trust.is_mine(tmp_path)


def test_a_trusted_text_may_run_and_no_other(trust: Trust, tmp_path: Path) -> None:
    trust.trust_texts(tmp_path, {PATH: OURS})
    assert may_run(Trust.open(), tmp_path, OURS)
    assert not may_run(trust, tmp_path, THEIRS)


def test_the_same_text_in_another_folder_is_not_trusted(
    trust: Trust, tmp_path: Path
) -> None:
    trust.trust_texts(tmp_path / "one", {PATH: OURS})
    assert not may_run(trust, tmp_path / "two", OURS)


def test_a_workspace_made_here_without_git_is_ours(
    trust: Trust, tmp_path: Path
) -> None:
    trust.own(tmp_path)
    assert trust.is_mine(tmp_path)
    assert may_run(trust, tmp_path, OURS)


def test_a_link_to_a_workspace_is_the_workspace(trust: Trust, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    trust.own(tmp_path / "link")
    assert trust.is_mine(tmp_path / "real")


def test_what_is_edited_or_committed_here_is_ours(trust: Trust, own: Path) -> None:
    assert may_run(trust, own, b"workflow: a\n"), "committed (initial)"
    assert may_run(trust, own, write(own, OURS)), "edited"
    commit(own, b"workflow: a\ntitle: second\n")
    assert may_run(trust, own, b"workflow: a\ntitle: second\n")
    new = "workflows/new.yaml"
    assert may_run(trust, own, write(own, b"untracked", new), new)
    run(own, "add", "-A")
    assert may_run(trust, own, write(own, b"staged", new), new)
    run(own, "add", "-A")
    assert may_run(trust, own, b"staged", new)


def test_a_workspace_in_a_repository_without_commits_is_ours(
    trust: Trust, tmp_path: Path
) -> None:
    run(tmp_path, "init", "-q")
    trust.own(tmp_path)
    assert may_run(trust, tmp_path, write(tmp_path, OURS))


def test_a_workspace_below_the_repository_s_root_is_judged_by_its_own_paths(
    trust: Trust, own: Path
) -> None:
    below = own / "below"
    commit(below.parent, OURS, "below/" + PATH)
    trust.own(below)
    assert may_run(trust, below, OURS)
    assert commits_of(below, {PATH: OURS}) == {PATH: run(own, "rev-parse", "HEAD")}


def test_what_a_clone_brought_is_someone_else_s(
    trust: Trust, theirs: Path, tmp_path: Path
) -> None:
    run(tmp_path, "clone", "-q", str(theirs), "clone")
    trust.own(tmp_path / "clone")
    assert not may_run(trust, tmp_path / "clone", b"workflow: a\n")


def test_what_a_pull_brings_is_someone_else_s(
    trust: Trust, theirs: Path, clone: Path
) -> None:
    commit(theirs, THEIRS)
    run(clone, "pull", "-q")
    assert may_run(trust, clone, b"workflow: a\n")
    assert not may_run(trust, clone, THEIRS)
    trust.trust_texts(clone, {PATH: THEIRS})
    assert may_run(trust, clone, THEIRS)


def pull_with_merge(clone: Path) -> None:
    commit(clone, b"mine", "workflows/mine.yaml")
    run(clone, "pull", "-q", "--no-rebase", "--no-edit")


def pull_and_amend(clone: Path) -> None:
    run(clone, "pull", "-q")
    run(clone, "commit", "-q", "--amend", "-m", "Reworded")


def squash(clone: Path) -> None:
    run(clone, "fetch", "-q")
    run(clone, "merge", "-q", "--squash", "origin/main")


def squash_and_commit(clone: Path) -> None:
    squash(clone)
    run(clone, "commit", "-qm", "Squashed")


def take_one_file(clone: Path) -> None:
    run(clone, "fetch", "-q")
    run(clone, "checkout", "-q", "origin/main", "--", PATH)


def take_one_file_and_commit(clone: Path) -> None:
    take_one_file(clone)
    run(clone, "commit", "-qm", "Taken")


def fetch_by_address(clone: Path) -> None:
    run(clone, "fetch", "-q", run(clone, "remote", "get-url", "origin"), "main")
    run(clone, "checkout", "-q", "FETCH_HEAD", "--", PATH)


def cherry_pick(clone: Path) -> None:
    run(clone, "fetch", "-q")
    run(clone, "cherry-pick", "origin/main")


def rebase_onto(clone: Path) -> None:
    commit(clone, b"mine", "workflows/mine.yaml")
    run(clone, "pull", "-q", "--rebase")


def look_at_their_branch(clone: Path) -> None:
    run(clone, "fetch", "-q")
    run(clone, "checkout", "-q", "--detach", "origin/main")


def pull_and_go_back(clone: Path) -> None:
    run(clone, "pull", "-q")
    commit(clone, b"workflow: a\ntitle: other\n")
    run(clone, "checkout", "-q", "HEAD~1", "--", PATH)


@pytest.mark.parametrize(
    "come",
    [
        pull_with_merge,
        pull_and_amend,
        squash,
        squash_and_commit,
        take_one_file,
        take_one_file_and_commit,
        fetch_by_address,
        cherry_pick,
        rebase_onto,
        look_at_their_branch,
        pull_and_go_back,
    ],
)
def test_their_text_stays_theirs_however_it_came(
    trust: Trust, theirs: Path, clone: Path, come: object
) -> None:
    commit(theirs, THEIRS)
    assert callable(come)
    come(clone)
    assert (clone / PATH).read_bytes() == THEIRS
    assert not may_run(trust, clone, THEIRS)


def test_our_text_stays_ours_beside_theirs(
    trust: Trust, theirs: Path, clone: Path
) -> None:
    commit(theirs, THEIRS, "workflows/theirs.yaml")
    commit(clone, OURS)
    run(clone, "pull", "-q", "--no-rebase", "--no-edit")
    assert trust.untrusted(clone, {PATH: OURS, "workflows/theirs.yaml": THEIRS}) == [
        "workflows/theirs.yaml"
    ]


def test_what_was_ours_once_is_remembered(
    trust: Trust, theirs: Path, clone: Path
) -> None:
    assert may_run(trust, clone, write(clone, OURS))
    run(clone, "stash", "-q")
    commit(theirs, OURS)
    run(clone, "pull", "-q")
    assert may_run(trust, clone, OURS)


@pytest.mark.parametrize("mark", ["index.lock", "MERGE_HEAD", "rebase-merge"])
def test_while_git_is_at_work_an_edit_proves_nothing(
    trust: Trust, own: Path, mark: str
) -> None:
    (own / ".git" / mark).write_text("")
    assert not may_run(trust, own, write(own, OURS))


@pytest.mark.parametrize("attribute", ["ident", "filter=x", "working-tree-encoding=x"])
def test_a_converted_file_is_not_an_edited_one(
    trust: Trust, own: Path, attribute: str
) -> None:
    write(own, f"workflows/* {attribute}\n".encode(), ".gitattributes")
    assert not may_run(trust, own, write(own, OURS))


def test_other_line_ends_are_no_edit(trust: Trust, theirs: Path, clone: Path) -> None:
    commit(theirs, b"workflows/* text eol=crlf\n", ".gitattributes")
    commit(theirs, b"workflow: a\ntitle: x\n")
    run(clone, "pull", "-q")
    assert b"\r\n" in (clone / PATH).read_bytes()
    assert not may_run(trust, clone, (clone / PATH).read_bytes())


def test_a_clone_inside_the_clone_is_not_ours(
    trust: Trust, own: Path, theirs: Path
) -> None:
    (own / "workflows").mkdir(exist_ok=True)
    run(own / "workflows", "clone", "-q", str(theirs), "sub")
    path = "workflows/sub/workflows/a.yaml"
    assert not may_run(trust, own, (own / path).read_bytes(), path)


def test_a_repository_that_git_refuses_is_not_taken_for_none(
    trust: Trust, tmp_path: Path
) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere")
    trust.own(tmp_path)
    assert not may_run(trust, tmp_path, OURS)


def test_no_program_named_by_a_repository_is_run(trust: Trust, own: Path) -> None:
    trap = own / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {own}/sprung\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "gpg.program", "core.pager", "core.sshCommand"):
        run(own, "config", name, str(trap))
    run(own, "config", "log.showSignature", "true")
    run(own, "config", "diff.external", str(trap))
    run(own, "config", "filter.x.clean", str(trap))
    write(own, b"* filter=x diff=x\n", ".gitattributes")
    run(own, "config", "diff.x.textconv", str(trap))
    may_run(trust, own, b"workflow: a\n")
    may_run(trust, own, write(own, OURS))
    commits_of(own, {PATH: OURS})
    assert not (own / "sprung").exists()


def test_git_reaches_no_network_and_says_nothing_when_it_fails(own: Path) -> None:
    assert git(own, "ls-remote", f"file://{own}") is None
    assert git(own, "no-such-command") is None
    assert git(own / "nowhere", "status") is None


def test_the_commit_of_a_text_is_known_only_while_it_is_that_text(own: Path) -> None:
    head = run(own, "rev-parse", "HEAD")
    assert commits_of(own, {PATH: b"workflow: a\n"}) == {PATH: head}
    assert commits_of(own, {PATH: OURS, "workflows/no.yaml": OURS}) == {}
    assert commits_of(own.parent, {PATH: OURS}) == {}
    assert blob_id(b"workflow: a\n") == run(own, "rev-parse", f"HEAD:{PATH}")


def test_a_name_that_looks_like_a_pattern_is_only_a_name(
    trust: Trust, theirs: Path, clone: Path
) -> None:
    path = "workflows/[a]*.yaml"
    commit(theirs, THEIRS, path)
    run(clone, "pull", "-q")
    assert not may_run(trust, clone, THEIRS, path)
    assert commits_of(clone, {path: THEIRS}) == {path: run(clone, "rev-parse", "HEAD")}


def test_a_sha256_repository_is_judged_as_well(trust: Trust, tmp_path: Path) -> None:
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
    run(tmp_path / "theirs", "init", "-q", "--object-format=sha256")
    commit(tmp_path / "theirs", THEIRS)
    run(tmp_path, "clone", "-q", str(tmp_path / "theirs"), "clone")
    trust.own(tmp_path / "clone")
    assert not may_run(trust, tmp_path / "clone", THEIRS)
    assert may_run(trust, tmp_path / "clone", write(tmp_path / "clone", OURS))


def test_the_diff_is_against_what_was_trusted(trust: Trust, tmp_path: Path) -> None:
    assert "+workflow: a" in trust.diff(tmp_path, PATH, OURS)
    trust.trust_texts(tmp_path, {PATH: OURS})
    changed = trust.diff(tmp_path, PATH, THEIRS)
    assert "-title: ours" in changed
    assert "+title: theirs" in changed
    assert trust.diff(tmp_path, PATH, OURS) == ""


def test_a_large_text_is_trusted_and_its_change_is_not_shown(
    trust: Trust, tmp_path: Path
) -> None:
    large = b"x" * 2_000_000
    trust.trust_texts(tmp_path, {PATH: large})
    assert may_run(trust, tmp_path, large)
    assert "too large to be shown" in trust.diff(tmp_path, PATH, OURS)


def test_trust_is_kept_where_nobody_else_reads(trust: Trust, tmp_path: Path) -> None:
    trust.trust_texts(tmp_path, {PATH: OURS})
    kept = [trust.folder, *trust.folder.rglob("*")]
    assert {path.name for path in kept} >= {"trust.json", "texts", "lock"}
    for path in kept:
        if path.name != "lock":
            assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize("name", ["", "trust.json"])
def test_trust_that_others_could_write_is_refused(trust: Trust, name: str) -> None:
    trust.own(trust.folder)
    (trust.folder / name).chmod(0o770)
    with pytest.raises(WeirError, match="must be yours alone"):
        Trust.open()


@pytest.mark.parametrize("text", ["{", '{"format": 2}', '{"workspaces": 3}'])
def test_trust_that_can_t_be_read_trusts_nothing(
    trust: Trust, tmp_path: Path, text: str
) -> None:
    (trust.folder / "trust.json").write_text(text)
    with pytest.raises(WeirError, match=r"trust\.json"):
        trust.untrusted(tmp_path, {PATH: OURS})
    with pytest.raises(WeirError, match=r"trust\.json"):
        trust.own(tmp_path)
    assert (trust.folder / "trust.json").read_text() == text


def test_reach_lists_all_that_definitions_can_touch() -> None:
    steps = (
        Step("a", "shell", Shell("mail {{ env.TOKEN }}", env={"KEY": "x"}, cwd="out")),
        Step("b", "shell", Shell(("git", "log")), undo=Shell("git revert HEAD")),
        Step(
            "c", "http", Http("https://api.example.org/x", headers={"A": "{{ env.B }}"})
        ),
        Step(
            "d", "http", Http("{{ inputs.url }}"), undo=Http("http://u/", redirects=1)
        ),
        Step("e", "llm", Llm("Hi", model="gpt", provider="openai")),
        Step("f", "python", Python("tools.mail:send"), when="env.C == 1"),
    )
    context = {
        "one": ContextSource(file="data/x.json"),
        "two": ContextSource(http="https://user:pw@host.example/x"),
        "three": ContextSource(shell="cat /etc/passwd"),
        "four": ContextSource(sql="select 1", database="crm"),
    }
    agents = {"w": Agent("w", model="small")}
    found = reach([Workflow("w", steps, context=context, agents=agents)])
    assert found == Reach(
        commands=(
            "cat /etc/passwd",
            "git log",
            "git revert HEAD",
            "mail {{ env.TOKEN }}",
            "python tools.mail:send",
        ),
        hosts=(
            "api.example.org",
            "host.example",
            "u",
            "u, and any it redirects to",
            "{{ inputs.url }}",
        ),
        secrets=("B", "C", "KEY", "TOKEN"),
        paths=("data/x.json", "database crm", "out"),
        models=("openai/gpt", "small"),
    )


def test_runs_that_came_with_a_folder_do_not_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine import awake
    from engine.desk import Desk
    from engine.errors import NotTrusted
    from engine.importer import Importer
    from engine.opening import take_over

    monkeypatch.setattr(awake, "ensure_runner", lambda _: False)
    theirs = tmp_path / "theirs"
    (theirs / "workflows").mkdir(parents=True)
    (theirs / "workflows" / "w.yaml").write_text(
        "workflow: w\nsteps:\n  - {id: ask, approval: {title: Go on?}}\n"
        "  - {id: do, shell: touch done}\n"
    )
    Trust.open().own(theirs)
    desk = Desk.open(theirs, via="cli")
    Importer(desk.engine).scan()
    run = desk.start("w", {})
    desk.close()

    brought = tmp_path / "brought"
    shutil.copytree(theirs, brought)
    Trust.open().own(brought)  # the files were looked at; the runs were not
    desk = Desk.open(brought, via="cli")
    assert desk.resolve_run(run) == run
    for act in (lambda: desk.cancel(run), lambda: desk.start("w", {}), desk.wake):
        with pytest.raises(NotTrusted, match="came with this folder"):
            act()
    assert desk.engine.load(run).status == "running"
    take_over(desk.workspace, desk.database)
    assert desk.cancel(run).status == "cancelled"
    desk.close()


def test_a_text_that_is_not_what_its_digest_says_is_not_run(tmp_path: Path) -> None:
    from engine.errors import WeirError
    from engine.handle import definition_of
    from store.records import VersionRecord

    forged = VersionRecord(
        sha="0" * 64,
        kind="workflow",
        name="w",
        text="workflow: w\nsteps:\n  - {id: a, set: {x: 1}}\n",
        compiled=b"",
        format=0,
        created_at=0.0,
    )
    with pytest.raises(WeirError, match="is another one"):
        definition_of(forged)


def test_a_text_is_kept_whole_however_many_keep_it_at_once(
    trust: Trust, tmp_path: Path
) -> None:
    trust.own(tmp_path)
    text = b"x" * 100_000

    def keep(_: int) -> None:
        trust.trust_texts(tmp_path, {PATH: text})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(40)))
    kept = list((trust.folder / "texts").iterdir())
    assert [path.read_bytes() for path in kept] == [text]
