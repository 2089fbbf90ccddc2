"""A file of Dagu becomes a workflow that is sound, and runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.converting.carried import NotCarriedOver
from engine.converting.writing import definition_text
from engine.definition.model import Workflow
from engine.definition.parse import parse
from engine.errors import WeirError
from tests.engine.converting_given import (
    FILES,
    come_to,
    of_dagu,
    sound,
    statuses,
    steps,
    told,
)

NIGHTLY = (FILES / "nightly-report.yaml").read_text()
ENDED = ("succeeded", "failed")


async def test_a_dagu_file_runs_as_a_graph(tmp_path: Path) -> None:
    texts = {"it": sound(of_dagu(NIGHTLY))}
    state = await come_to(ENDED, tmp_path, texts, LIMIT="3")
    assert state.status == "succeeded", state.reason
    assert statuses(state) == {
        "prepare": "succeeded",
        "fetch": "succeeded",
        "count": "succeeded",
        "check-quality": "failed",
        "report": "succeeded",
        "publish": "skipped",
        "announce": "skipped",
        "on-failure": "skipped",
        "on-exit": "succeeded",
    }
    report = (tmp_path / "data/report-staging.txt").read_text()
    assert report == "{{ 5 }} fetched, 3 counted in staging\n"
    assert (tmp_path / "data/done").read_text() == "staging done\n"


async def test_what_depends_on_a_step_is_done_on_the_same_conditions(
    tmp_path: Path,
) -> None:
    texts = {"it": sound(of_dagu(NIGHTLY))}
    state = await come_to(ENDED, tmp_path, texts, ENVIRONMENT="production")
    assert state.status == "succeeded", state.reason
    assert (tmp_path / "data/announced").exists()


def test_what_means_something_else_is_told_with_its_line_and_left_out() -> None:
    made = of_dagu(NIGHTLY)
    assert told(made) == [
        "4: `tags` of the whole is left out: workflows have none",
        "7: `histRetentionDays` of the whole is left out: histories are kept until"
        " `weir prune`",
        "12: the variable `HOST` is left out: it is what a command prints: `hostname`",
        "42: the step `load image` is left out: it is done by `docker`, which is no"
        " kind of step here",
        "61: the step `who` is left out: it reads `HOST`, which is left out: it is what"
        " a command prints: `hostname`",
        "69: `mailOn` of the whole is left out: nothing is mailed; `weir inbox` and a"
        " step under `finally` can tell",
    ]
    text = definition_text(made)
    assert "  #     - name: load image\n  #       executor:\n" in text
    assert steps(made)["report"]["needs"] == ["count", "check-quality"]


def test_a_schedule_makes_up_for_nothing() -> None:
    assert of_dagu(NIGHTLY).head["schedule"] == {
        "cron": "30 2 * * MON-FRI",
        "timezone": "Europe/Vienna",
        "catchup": "none",
    }


async def test_a_dag_that_runs_another_for_each_item_runs_its_workflow(
    tmp_path: Path,
) -> None:
    one = sound(of_dagu((FILES / "one-region.yaml").read_text(), name="one-region"))
    other = parse(one, "one-region.yaml").definition
    assert other is not None
    library = {"workflow/one-region": other}
    many = sound(of_dagu((FILES / "regions.yaml").read_text(), library), library)
    texts = {"one-region": one, "it": many}
    state = await come_to(ENDED, tmp_path, texts)
    assert state.status == "succeeded", state.reason
    assert (tmp_path / "out/all").read_text() == "eu in one-region\nus in one-region\n"


LEFT_OUT = {
    "a workflow that is not here": ("run: other", "no workflow here is `other`"),
    "a precondition that is a command": (
        "{command: ls, preconditions: [test -f x]}",
        "has a command for a precondition: test -f x",
    ),
    "a precondition that is a pattern": (
        "{command: ls, preconditions: [{condition: $P, expected: 're:a.*'}]}",
        "has a pattern for a precondition",
    ),
    "a part of a value": ('echo "${P.name}"', "reads `${P.name}`, a part of a value"),
    "a variable in single quotes": (
        """curl -d '{"p": "${P}"}'""",
        "reads `P` between quotes, which shells do not",
    ),
    "a place of Dagu's": ("cat $DAG_RUN_LOG_FILE", "which is a place of Dagu's"),
    "a list of commands": (
        "{command: [ls, pwd]}",
        "has a list for a command, which Dagu has read in two ways",
    ),
    "an output that is described": (
        "{command: ls, output: {v: {from: stdout}}}",
        "says `output`, which nothing here means",
    ),
    "another machine": ("{command: ls, type: ssh}", "is done by `ssh`"),
    "what is not known here": ("{command: ls, foreach: [1]}", "says `foreach`"),
    "another shell": ("{shell: zsh, command: ls}", "is a script for `zsh`"),
    "python that reads a variable": (
        '{command: python, script: "print($P)"}',
        "in a script that no shell reads",
    ),
    "a loop": ("{command: ls, repeatPolicy: {repeat: true}}", "says `repeatPolicy`"),
    "a folder elsewhere": ("{command: ls, dir: /etc}", "runs in /etc, outside of"),
    "a variable of the machine": (
        "{command: ls, env: [{A: $HOME/x}]}",
        "reads `HOME`, which the file does not give",
    ),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_step_whose_meaning_can_not_be_kept_is_left_out(name: str) -> None:
    step, words = LEFT_OUT[name]
    if not step.startswith(("{", "run:")):
        step = "command: '" + step.replace("'", "''") + "'"
    listed = step if step.startswith("{") else f"{{{step}}}"
    made = of_dagu(f"type: graph\nparams: [P: a]\nsteps:\n  - {listed}\n  - ls\n")
    assert [*steps(made)] == ["step-2"]
    assert words in "\n".join(told(made))
    sound(made)


PROD = "preconditions: [{condition: $MODE, expected: prod}]"


def test_a_step_that_is_left_out_leaves_its_condition_to_what_depends_on_it() -> None:
    build = f"{{name: build, command: ls, executor: docker, {PROD}}}"
    deploy = "{name: deploy, command: ls, depends: build}"
    made = of_dagu(f"params: [MODE: test]\nsteps: [{build}, {deploy}]")
    sound(made)
    assert steps(made)["deploy"]["when"] == 'inputs.MODE == "prod"'
    free = build.replace("{name", "{continueOn: {skipped: true}, name")
    made = of_dagu(f"params: [MODE: test]\nsteps: [{free}, {deploy}]")
    assert "when" not in steps(made)["deploy"]


def test_many_ways_from_one_step_to_another_are_not_gone_one_by_one() -> None:
    listed = [f"{{name: a0, command: ls, executor: docker, {PROD}}}"]
    for at in range(1, 40):
        both = f"command: ls, executor: docker, depends: [a{at - 1}, b{at - 1}]"
        both = both.replace(", b0", "")
        listed += [f"{{name: a{at}, {both}}}", f"{{name: b{at}, {both}}}"]
    last = "{name: last, command: ls, depends: [a39, b39]}"
    made = of_dagu(f"params: [MODE: x]\nsteps: [{', '.join(listed)}, {last}]")
    assert [*steps(made)] == ["last"]
    assert steps(made)["last"]["when"] == 'inputs.MODE == "prod"'


@pytest.mark.parametrize(
    "asks",
    [
        "preconditions: [test -f x]",
        "approval: {prompt: Go on?}",
        "type: hitl",
        "preconditions: [{condition: $A, expected: x}], env: [{A: $HOME}]",
        "approval: {prompt: Go on?}, env: [{A: $HOME}]",
    ],
)
def test_what_depends_on_a_step_that_decides_is_left_out_with_it(asks: str) -> None:
    first = f"{{name: a, command: ls, {asks}}}"
    made = of_dagu(f"steps: [{first}, {{name: b, command: ls, depends: a}}, ls]")
    sound(made)
    assert [*steps(made)] == ["step-3"]
    assert "`b` is left out: it needs `a`, of which nothing here" in told(made)[-1]


@pytest.mark.parametrize(
    "retry",
    [
        "retryPolicy: {limit: 2, intervalSec: 5, exitCode: [75]}",
        "retry_policy: {limit: 2, interval_sec: 5, exit_code: [75]}",
    ],
)
def test_keys_are_read_in_both_spellings(retry: str) -> None:
    made = of_dagu(f"steps: [{{name: A b, run: ls -l, {retry}}}]")
    sound(made)
    tries = {"attempts": 3, "delay": 5, "on": ["exit:75"]}
    assert steps(made)["a-b"]["retry"] == tries


def test_a_limit_that_is_no_number_is_told() -> None:
    made = of_dagu("timeoutSec: soon\nsteps: [{command: ls, timeoutSec: $T}]")
    sound(made)
    assert told(made) == [
        "1: `timeoutSec` is left out: it is no whole number in the file",
        "2: `timeoutSec` is left out: it is no whole number in the file",
    ]


@pytest.mark.parametrize("given", ["", "schedule: daily\n", "params: [D: '`date`']\n"])
def test_a_limit_of_runs_is_told_where_no_schedule_keeps_to_it(given: str) -> None:
    timed = given if "schedule" in given else f"{given}schedule: '0 1 * * *'\n"
    made = of_dagu(f"maxActiveRuns: 1\n{timed if given else ''}steps: [ls]")
    words = "`maxActiveRuns` of the whole is left out: a schedule says `overlap`"
    assert words in "\n".join(told(made))


def test_a_schedule_keeps_to_a_limit_of_runs() -> None:
    text = "schedule: '0 1 * * *'\nsteps: [ls]\nmaxActiveRuns: "
    assert told(of_dagu(f"{text}1")) == []
    made = of_dagu(f"{text}3")
    assert made.head["schedule"]["overlap"] == "allow"
    assert "`maxActiveRuns: 3`: here it is one run at a time" in told(made)[0]


def test_what_is_done_at_the_end_and_for_each_has_a_name_of_its_own() -> None:
    one = sound(of_dagu("steps: [ls]", name="one"))
    other = parse(one, "one.yaml").definition
    assert other is not None
    each = "{name: on-exit, run: one, parallel: [a]}, {name: one-each, command: ls}"
    handlers = "handlerOn: {exit: ls}"
    library = {"workflow/one": other}
    made = of_dagu(f"type: chain\nsteps: [{each}]\n{handlers}", library)
    sound(made, library)
    assert [*steps(made)] == ["on-exit", "one-each"]
    assert [step["id"] for step in made.finally_ if isinstance(step, dict)] == [
        "on-exit-2"
    ]


def test_a_default_that_is_a_command_has_to_be_given_and_times_can_not() -> None:
    made = of_dagu('params: [D: "`date`"]\nschedule: "0 1 * * *"\nsteps: [echo $D]\n')
    sound(made)
    assert made.head["inputs"] == {"D": {"type": "string"}}
    assert "schedule" not in made.head
    assert [note.line for note in made.told()] == [1, 2]


def test_times_that_are_none_are_told() -> None:
    made = of_dagu("schedule: [daily, '@hourly']\nsteps: [ls]")
    sound(made)
    assert made.head["schedule"]["cron"] == "0 * * * *"
    assert "the schedule `daily` is left out: it has 1 field" in told(made)[0]


SHELLS = {
    "ls": "ls",
    "{command: 'a; b'}": ["sh", "-e", "-c", "a; b"],
    "{shell: [bash, -eu], command: ls}": ["bash", "-eu", "-c", "ls"],
    "{shell: bash -o pipefail, command: ls}": ["bash", "-o", "pipefail", "-c", "ls"],
    '{command: python3 -u, script: "1"}': ["python3", "-u", "-c", "1"],
    '{script: "#!/usr/bin/env bash"}': ["bash", "-c", "#!/usr/bin/env bash"],
}


@pytest.mark.parametrize("step", SHELLS)
def test_a_script_is_read_by_the_shell_that_dagu_gives_it_to(step: str) -> None:
    made = of_dagu(f"steps: [{step}]")
    sound(made)
    does = steps(made)["step-1"]["shell"]
    assert (does["run"] if isinstance(does, dict) else does) == SHELLS[step]


def test_parameters_that_a_schema_describes_become_inputs() -> None:
    made = of_dagu(
        "params: {type: object, required: [a], properties: {a: {type: integer,"
        " default: '3', minimum: 1}, b: {type: string}, c: {type: number}}}\n"
        "steps: [echo $a $b]"
    )
    sound(made)
    assert made.head["inputs"] == {
        "a": {"type": "integer", "minimum": 1, "default": 3},
        "b": {"type": "string", "default": ""},
        "c": {"type": "number"},
    }
    assert told(made) == ["1: a run has to be given `c`: it has no default"]


def test_a_secret_is_read_where_weir_toml_names_it() -> None:
    text = "type: graph\nsecrets: [{name: PW, provider: env}]\nsteps: [echo $PW, ls]"
    assert [*steps(of_dagu(text))] == ["step-2"]
    does = steps(of_dagu(text, secrets=("pw",)))["step-1"]["shell"]
    assert does["env"] == {"PW": "{{ secrets.pw }}"}


def test_a_file_that_may_mean_a_list_or_a_graph_becomes_a_list_and_says_so() -> None:
    made = of_dagu("steps: [ls, pwd]")
    assert steps(made) == {
        "step-1": {"id": "step-1", "shell": "ls"},
        "step-2": {"id": "step-2", "shell": "pwd"},
    }
    assert told(made)[0].startswith("1: no step says `depends` and the file no `type`")


def test_a_handler_with_a_condition_is_left_out() -> None:
    handler = "{command: ls, preconditions: [test -f x]}"
    made = of_dagu(f"steps: [ls]\nhandlerOn: {{exit: {handler}}}")
    assert made.finally_ == made.told()
    assert "`handlerOn.exit` is left out: it says `preconditions`" in told(made)[0]


@pytest.mark.parametrize("end", ["\x85x", "\u2028x\n", "\n\n", "\n  x\n"])
def test_a_text_is_written_as_it_was(end: str) -> None:
    made = of_dagu("name: a\nsteps: [ls]")
    made.head["description"] = text = f"a\nb{end}"
    found = parse(definition_text(made), "it.yaml").definition
    assert isinstance(found, Workflow)
    assert found.description == text


REFUSED = {
    "nothing is left": ("steps: [{executor: docker, command: ls}]", "no step can be"),
    "it has no steps": ("name: x\nsteps: []", "the file has no steps"),
    "steps wait for each other": (
        "steps: [{name: a, depends: b}, {name: b, depends: a}]",
        "these wait for each other: a, b",
    ),
    "a step needs what is not there": (
        "steps: [{name: a, depends: z, command: ls}]",
        "line 1: `a` depends on z, no step",
    ),
    "its steps are done in a container": (
        "container: {image: x}\nsteps: [rm -rf /data]",
        "line 1: `container` says how all steps are done",
    ),
    "a value chooses what is done": (
        "steps: [{name: a, type: router, value: $X, routes: {x: [b]}}, {name: b}]",
        "line 1: it leads to other steps by a value",
    ),
    "its parameters are described elsewhere": (
        "params: {schema: x.json}\nsteps: [ls]",
        "line 1: `params` are described elsewhere",
    ),
    "the whole has a condition": (
        "preconditions: [test -f x]\nsteps: [ls]",
        "a precondition of the whole can't be carried over",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_can_not_be_carried_over_is_refused(name: str) -> None:
    text, words = REFUSED[name]
    with pytest.raises(NotCarriedOver, match=words):
        of_dagu(text)


def test_a_file_that_is_not_read_is_refused_with_its_line() -> None:
    with pytest.raises(WeirError, match=r"it\.yaml:1:8: `&x` is an anchor"):
        of_dagu("steps: &x [ls]")
