"""A workflow of GitHub Actions becomes one of ours that is sound, and runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.converting import matrix
from engine.converting.carried import LeftOut
from engine.converting.expressions import Value, expression
from engine.converting.shells import escaped, quotes
from engine.definition.render import render
from tests.engine.converting_given import (
    FILES,
    come_to,
    of_actions,
    sound,
    statuses,
    steps,
    told,
)

CI = (FILES / "ci.yaml").read_text()
ENDED = ("succeeded", "failed")


async def test_jobs_run_as_a_graph_and_a_matrix_as_a_loop(tmp_path: Path) -> None:
    note = """it's "$HOME"; touch hurt"""
    texts = {"it": sound(of_actions(CI))}
    state = await come_to(ENDED, tmp_path, texts, note=note)
    assert state.status == "succeeded", state.reason
    assert {p.name for p in (tmp_path / "build").iterdir()} == {
        "debian-only", "lint.txt", "names", "notes", "packed",
        "test-debian-4.txt", "test-ubuntu-3.txt", "test-ubuntu-4.txt",
    }  # fmt: skip
    assert (tmp_path / "build/lint.txt").read_text() == f"note: {note}\n"
    assert (tmp_path / "build/packed").read_text() == "4\n"
    assert statuses(state)["deploy-review"] == "skipped"


async def test_an_environment_holds_at_a_gate(tmp_path: Path) -> None:
    texts = {"it": sound(of_actions(CI))}
    given = {"target": "production", "dry_run": False}
    state = await come_to(("failed", "waiting"), tmp_path, texts, **given)
    assert state.status == "waiting"
    assert statuses(state)["deploy-review"] == "waiting"
    assert (tmp_path / "build/pushed").read_text() == "production\n"


async def test_the_last_steps_are_done_however_the_others_ended(
    tmp_path: Path,
) -> None:
    made = of_actions((FILES / "cleanup.yml").read_text())
    state = await come_to(ENDED, tmp_path, {"it": sound(made)})
    assert state.status == "failed"
    # With `shell: bash` each part of a pipe counts there, and without it the last one.
    assert (tmp_path / "kept").read_text() == "keeping 2\n"
    assert not (tmp_path / "never").exists()
    assert (tmp_path / "told").exists()
    assert (tmp_path / "alarm").exists()


def test_it_is_told_that_a_run_does_not_fail_by_what_is_done_at_its_end() -> None:
    words = "a run does not fail by what is done at its end; there it does"
    last = "      - {run: ls, if: always()}\n"
    made = of_actions(f"{JOB}      - run: ls\n{last}")
    assert told(made)[-1] == f"7: `always()`: {words}"
    assert f"  # line 7: `always()`: {words}\n  - id: step-2\n" in sound(made)
    for other in (
        last.replace("always", "failure"),
        last.replace("always()", "always(), continue-on-error: true"),
        last.replace("run: ls", "uses: a/b"),
    ):
        made = of_actions(f"{JOB}      - run: ls\n{other}")
        assert words not in "\n".join(told(made))


def test_what_means_something_else_is_told_with_its_line() -> None:
    found = "\n".join(told(of_actions(CI)))
    for words in (
        "3: the event `push` is left out: it begins nothing here",
        "5: `schedule` is not quite the same: inputs have their defaults then",
        "14: the input `dry-run` is called `dry_run` here",
        "31: `actions/checkout` is dropped: the workspace is there already",
        "32: the step `Set up Python` is left out: it uses `actions/setup-python@v5`",
        "82: the step `version` is left out: it reads GITHUB_OUTPUT",
        "87: the step `Log in` is left out: it reads `REGISTRY_TOKEN`",
        "93: `environment` of the job `deploy`: its reviewers are not in the file",
    ):
        assert words in found


def test_a_secret_that_the_workspace_names_is_read_from_there() -> None:
    made = of_actions(CI, "registry_token")
    env = steps(made)["build-log-in"]["shell"]["env"]
    assert env["REGISTRY_TOKEN"] == "{{ secrets.registry_token }}"
    sound(made)


JOB = "on: workflow_dispatch\njobs:\n  one:\n    runs-on: x\n    steps:\n"
LEFT_OUT = {
    "what is pasted after a backslash": (
        "{run: 'echo \\${{ github.workflow }}'}",
        "after a `\\`, where a shell puts nothing in",
    ),
    "a command that is pasted": (
        "{run: '${{ env.TWO }}', env: {TWO: ls && pwd}}",
        "pasted, `ls && pwd` would be more than a value; write it out",
    ),
    "a key that is not known": ("{run: ls, background: true}", "says `background`"),
    "what GitHub alone gives": (
        "{run: import os; os.environ.get('GITHUB_REF'), shell: python}",
        "reads GITHUB_REF, which there is not here",
    ),
    "what follows a failure in the middle": (
        "{run: ls, if: failure()}",
        "asks `failure()`, which only what is done at the end can know",
    ),
    "what another step has left": (
        "{run: 'echo ${{ steps.a.outputs.b }}'}",
        "reads `steps.a.outputs.b`, which there is not here",
    ),
    "another repository": (
        "{uses: actions/checkout@v5, with: {repository: a/b}}",
        "is left out: it checks out `repository: a/b`, and nothing is fetched",
    ),
    "another version of this one": (
        "{uses: actions/checkout@v5, with: {ref: v1}}",
        "checks out `ref: v1`",
    ),
    "another folder": (
        "{uses: actions/checkout@v5, with: {path: lib}}",
        "checks out `path: lib`",
    ),
    "another shell": ("{run: ls, shell: pwsh}", "is a script for `pwsh`"),
    "python with a value": (
        "{run: 'print(${{ github.run_id }})', shell: python}",
        "pasted into a script that no shell reads",
    ),
    "a folder elsewhere": (
        "{run: ls, working-directory: ../x}",
        "runs in ../x, outside of the workspace",
    ),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_step_whose_meaning_can_not_be_kept_is_left_out(name: str) -> None:
    step, words = LEFT_OUT[name]
    made = of_actions(f"{JOB}      - {step}\n      - run: ls\n")
    assert [*steps(made)] == ["step-2"]
    assert words in "\n".join(told(made))
    sound(made)


def test_a_job_in_a_container_is_left_out_whole() -> None:
    two = "  two:\n    needs: one\n    container: node\n    steps: [{run: ls}]\n"
    three = "  three:\n    needs: two\n    steps: [{run: ls}]\n"
    made = of_actions(f"{JOB}      - run: ls\n{two}{three}")
    sound(made)
    assert [*steps(made)] == ["one-step-1", "three-step-1"]
    assert "the job `two` is left out: it says `container`" in "\n".join(told(made))


def test_a_value_stands_in_the_quotes_in_which_it_was_pasted() -> None:
    made = of_actions(f"{JOB}      - run: echo '${{{{ github.workflow }}}}'\n")
    run = steps(made)["step-1"]["shell"]["run"]
    assert run[-1] == """echo ''"${GITHUB_WORKFLOW}"''"""
    sound(made)


WINDOWS = """
on: push
jobs:
  one:
    runs-on: [windows-latest]
    steps: [{run: ls}, {run: ls, shell: bash}]
"""


def test_what_is_read_by_the_shell_of_windows_is_left_out() -> None:
    made = of_actions(WINDOWS)
    assert [*steps(made)] == ["step-2"]
    assert "the step `step 1` is left out: it is a script for `pwsh`" in told(made)[-1]


def test_a_review_is_kept_of_a_job_of_which_nothing_else_is_left() -> None:
    two = "  two:\n    environment: x\n    steps: [{uses: a/b}]\n"
    three = "  three:\n    needs: two\n    steps: [{run: ls}]\n"
    made = of_actions(f"{JOB}      - run: ls\n{two}{three}")
    sound(made)
    assert steps(made)["three-step-1"]["needs"] == ["two-review"]
    left_out = two.replace("steps", "container: x\n    steps")
    made = of_actions(f"{JOB}      - run: ls\n{left_out}{three}")
    assert [*steps(made)] == ["one-step-1"]


TYPED = """
on:
  workflow_dispatch:
    inputs:
      a: {type: boolean, default: 'true'}
      b: {type: number, default: '3'}
jobs: {one: {steps: [{run: ls}]}}
"""


def test_defaults_are_of_the_type_of_their_input() -> None:
    made = of_actions(TYPED)
    sound(made)
    given = made.head["inputs"]
    assert [given["a"]["default"], given["b"]["default"]] == [True, 3]


def test_the_time_of_a_job_is_not_spent_on_its_review() -> None:
    job = JOB.replace("    steps", "    timeout-minutes: 5\n    steps")
    assert of_actions(f"{job}      - run: ls\n").head["timeout"] == "5m"
    asked = job.replace("    steps", "    environment: x\n    steps")
    made = of_actions(f"{asked}      - run: ls\n")
    assert "timeout" not in made.head
    assert "a job's `timeout-minutes` is left out" in "\n".join(told(made))


def test_what_needs_a_job_with_an_if_that_can_not_be_told_is_left_out() -> None:
    two = "  two:\n    needs: one\n    if: github.ref == 'x'\n    steps: [{run: ls}]\n"
    three = "  three:\n    needs: two\n    steps: [{run: ls}]\n"
    made = of_actions(f"{JOB}      - run: ls\n{two}{three}")
    sound(made)
    assert [*steps(made)] == ["one-step-1"]
    assert "`three` is left out: it needs `two`" in "\n".join(told(made))


def resolve(name: tuple[str, ...]) -> Value:
    kinds = {"s": "string", "n": "number", "b": "boolean", "x": "any"}
    return Value(".".join(name), kinds[name[0]])


EXPRESSIONS = {
    "s == 'Main'": 's | lower == "main"',
    "'Ab' != 'aB'": '"ab" != "ab"',
    "!b && success()": "not b",
    "success()": "true",
    "(success() && b) && (n > 3)": "b and (n > 3)",
    "b || s == 'it''s' && n > 3": 'b or ((s | lower == "it\'s") and (n > 3))',
    "!(b && b)": "not (b and b)",
    "contains(s, 'A')": '"a" in s | lower',
    "startsWith(s, 'refs/') == true": '(s | lower).startswith("refs/") == true',
}


@pytest.mark.parametrize("theirs", EXPRESSIONS)
def test_an_expression_says_the_same_here(theirs: str) -> None:
    assert expression(theirs, resolve).said == EXPRESSIONS[theirs]


@pytest.mark.parametrize(
    "theirs",
    [
        "b == 'true'", "n == '3'", "x == 'a'", "s < 'b'", "always()",
        "!success()", "!(success() && b)", "success() || b", "b || b && success()",
        "!(b && (success() && b))", "success() == false", "(success() && b) == b",
        "hashFiles('x')", "s ==", "s.*.b", "s s", "%",
    ],
)  # fmt: skip
def test_an_expression_that_can_not_be_said_is_left_out(theirs: str) -> None:
    with pytest.raises(LeftOut):
        expression(theirs, resolve)


def test_what_is_included_fits_a_combination_or_stands_alone() -> None:
    extras = [{"a": 1, "c": True}, {"a": 3}, {"d": "all"}]
    assert matrix.items_of({"a": [1, 2], "b": ["x"], "include": extras}) == [
        {"a": 1, "b": "x", "c": True, "d": "all"},
        {"a": 2, "b": "x", "d": "all"},
        {"a": 3},
    ]


SOME = """\
on: workflow_dispatch
jobs:
  one:
    strategy:
      fail-fast: false
      matrix:
        os: [a, b]
        include: [{os: b, flags: -x}]
    steps:
      - run: echo "${{ matrix.os }}:${{ matrix.flags }}:" >> seen
      - if: matrix.flags == '-x'
        run: echo only ${{ matrix.os }} >> seen
"""


async def test_what_only_some_combinations_have_is_empty_in_the_others(
    tmp_path: Path,
) -> None:
    made = of_actions(SOME)
    assert told(made) == []
    await come_to(("succeeded",), tmp_path, {"it": sound(made)})
    seen = (tmp_path / "seen").read_text().splitlines()
    assert sorted(seen) == ["a::", "b:-x:", "only b"]


def test_a_matrix_of_more_jobs_than_github_takes_is_left_out() -> None:
    with pytest.raises(LeftOut, match=r"has a matrix of 100000000 jobs; 256 are"):
        matrix.items_of({axis: [*range(10)] for axis in "abcdefgh"})


def test_a_condition_is_wanted_once_by_however_many_ways() -> None:
    one = "  one: {if: inputs.a, container: x, steps: [{run: ls}]}\n"
    made, before = f"{TYPED.partition('jobs')[0]}jobs:\n{one}", "one"
    for at in range(60):
        for side in "lr":
            made += f"  {side}{at}: {{needs: [{before}], container: x}}\n"
        before = f"l{at}, r{at}"
    found = of_actions(f"{made}  last: {{needs: [{before}], steps: [{{run: ls}}]}}\n")
    assert steps(found)["last-step-1"]["when"] == "inputs.a"


@pytest.mark.parametrize("text", ["{{.Names}}", "${#a[@]}", "{%", "{{{x}}}", "{ {", ""])
def test_an_escaped_text_is_itself_again(text: str) -> None:
    assert render(escaped(text), {}) == text


QUOTES = {
    "echo '$X'": "'",
    'echo "$X"': '"',
    "echo $X": "",
    '''echo "it's $X"''': '"',
    """echo "$(printf '$X')" """: "'",
    """echo "$(printf $X)" """: "",
    "echo \\$X": "\\",
    "# don't\necho $X": "",
    """echo 'a'"$X"'b'""": '"',
}


@pytest.mark.parametrize("text", QUOTES)
def test_it_is_known_in_which_quotes_a_variable_stands(text: str) -> None:
    assert quotes(text)[text.index("$X")] == QUOTES[text]


@pytest.mark.parametrize(
    "text", ["cat <<'E'\n$X\nE", 'cat <<-"E"\n$X\nE', "echo \"`echo '$X'`\""]
)
def test_quotes_that_may_be_none_are_not_judged(text: str) -> None:
    with pytest.raises(ValueError, match="beside quotes"):
        quotes(text)
