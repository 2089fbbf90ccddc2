"""What files say, once read."""

from __future__ import annotations

from textwrap import dedent

import msgspec
import pytest

from engine.definition import kinds, typed
from engine.definition import model as m
from engine.definition.check import check
from engine.definition.parse import parse

# The example of the design, as it stands there.
RENEWAL = """\
workflow: renewal-prepare
title: Prepare a renewal
inputs:
  customer: {type: string, description: Customer id}
  uplift: {type: number, default: 0.08}
context:
  customer: {sql: "select * from customers where id = :customer", database: crm, one: true}
  data.usage: {file: "data/usage/{{ inputs.customer }}.json"}
  workflow.days_until_renewal: {expr: "(customer.renewal_date | date - today).days"}
eligible: 120 <= workflow.days_until_renewal <= 149
steps:
  - id: snapshot
    use: data-snapshot                 # a step template: workflows/steps/data-snapshot.yaml
  - id: risk
    requires: [customer.arr, data.usage.trend]
    llm:
      agent: analyst
      prompt: |
        Analyze risk for {{ customer.name }} with ARR ${{ customer.arr }}.
        Usage: {{ data.usage.trend }}. Days until renewal: {{ workflow.days_until_renewal }}.
    output:
      risk_score: {type: integer, minimum: 0, maximum: 100}
      overall_health: {enum: [Good, Watch, At risk]}
      recommendations: {type: array, items: string}
    retry: {attempts: 3, delay: 2s, backoff: 2, max_delay: 1m}
    timeout: 60s
    route:
      - {when: outputs.risk.risk_score >= 70, to: escalate}
      - {to: interview}
  - id: brief
    artifact: {use: risk-report}
  - id: send-gate
    approval:
      title: Send the brief to {{ customer.name }}?
      show: [artifacts.brief, outputs.risk]
      choices: [approve, rework, reject]
      approvers: [ana, "role:csm"]
      required: 1
      timeout: 2d
      on_timeout: expire                # expire | fail | remind | route:<step>
      reasons: {too-long: "Shorten to one page.", tone: "Warmer, less formal."}
    route:
      - {choice: rework, to: risk}
      - {choice: reject, to: end}
  - id: send
    shell: "mail -s {{ artifacts.brief.title | quote }} {{ customer.email | quote }} < {{ artifacts.brief.path | quote }}"
    undo: {shell: "..."}
"""  # noqa: E501


WAITS = m.Step("c", "wait", kinds.Wait(1.0))


def workflow(text: str) -> m.Workflow:
    parsed = parse(text, "f")
    assert parsed.problems == []
    assert isinstance(parsed.definition, m.Workflow)
    return parsed.definition


def step(text: str) -> m.Step:
    body = "".join(f"    {line}\n" for line in dedent(text).strip().splitlines())
    return workflow(f"workflow: w\nsteps:\n  - id: a\n{body}").steps[0]


def test_the_example_of_the_design_is_read_as_printed() -> None:
    renewal = workflow(RENEWAL)
    assert renewal.name == "renewal-prepare"
    assert list(renewal.context) == [
        "customer",
        "data.usage",
        "workflow.days_until_renewal",
    ]
    assert renewal.inputs["uplift"] == typed.Field(
        type="number", required=False, has_default=True, default=0.08
    )
    risk = renewal.step("risk")
    assert risk.kind == "llm"
    assert risk.retry == m.Retry(attempts=3, delay=2.0, backoff=2.0, max_delay=60.0)
    assert risk.timeout == 60.0
    assert risk.output["recommendations"].items == typed.Field(type="string")
    assert risk.route[1] == m.Route(to="interview")
    gate = renewal.step("send-gate").do
    assert isinstance(gate, kinds.Approval)
    assert [c.approves for c in gate.choices] == [True, False, False]
    assert gate.timeout == 172_800.0
    assert renewal.step("send").undo == kinds.Shell(run="...")


def test_the_example_of_the_design_reads_only_what_is_there() -> None:
    told = check(parse(RENEWAL, "f"), {})
    assert [p.message for p in told] == [
        "there is no step template `data-snapshot`",
        "there is no agent `analyst`",
        "there is no step `escalate`",
        "there is no step `interview`",
        "there is no artifact template `risk-report`",
    ]


@pytest.mark.parametrize(
    ("text", "do"),
    [
        ("use: t", kinds.Use(name="t")),
        ("llm: Say hello", kinds.Llm(prompt="Say hello")),
        ("shell: ls -l", kinds.Shell(run="ls -l")),
        ("shell: [ls, -l]", kinds.Shell(run=("ls", "-l"))),
        (
            "shell: {run: [ls], env: {A: b}, stdin: x, cwd: y}",
            kinds.Shell(run=("ls",), env={"A": "b"}, stdin="x", cwd="y"),
        ),
        ("http: https://example.org", kinds.Http(url="https://example.org")),
        (
            "http: {url: 'https://x', method: POST, json: {a: [1]}, expect: 201}",
            kinds.Http(url="https://x", method="POST", json={"a": [1]}, expect=(201,)),
        ),
        ("artifact: brief", kinds.Artifact(use="brief")),
        ("artifact: {use: brief, title: B}", kinds.Artifact(use="brief", title="B")),
        (
            "artifact: {form: checklist, title: T, sections: [{items: [a, b]}]}",
            kinds.Artifact(
                form="checklist", title="T", sections=(kinds.Section(items=("a", "b")),)
            ),
        ),
        ("set: {n: 1, deep: [y]}", kinds.SetValues(values={"n": 1, "deep": ["y"]})),
        ("wait: 5m", kinds.Wait(seconds=300.0)),
        ("wait: 90", kinds.Wait(seconds=90.0)),
        ("wait: {until: inputs.day}", kinds.Wait(until="inputs.day")),
        ("fail: No commits", kinds.Fail(message="No commits")),
        (
            "parallel: {branches: {b: [{id: c, wait: 1s}]}, join: any}",
            m.Parallel(branches=(m.Branch("b", (WAITS,)),), join="any"),
        ),
        (
            "parallel: {branches: {b: {title: t, steps: [{id: c, wait: 1s}]}}}",
            m.Parallel(branches=(m.Branch("b", (WAITS,), "t"),)),
        ),
        (
            "for_each: {in: x, as: y, max_parallel: 2, steps: [{id: c, wait: 1s}]}",
            m.ForEach("x", (WAITS,), "y", max_parallel=2),
        ),
        ("run: other", kinds.SubRun("other")),
    ],
)  # fmt: skip
def test_a_step_is_written_short_or_in_full(text: str, do: m.Do) -> None:
    found = step(text)
    assert found.do == do
    assert found.kind == text.split(":")[0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2s", 2), ("5m", 300), ("1h", 3600), ("2d", 172_800), ("1w", 604_800),
     ("1.5h", 5400), ("250ms", 0.25), ("10", 10), ("0.5", 0.5)],
)  # fmt: skip
def test_a_duration_is_a_number_and_its_unit(text: str, seconds: float) -> None:
    assert step(f"shell: ls\ntimeout: {text}").timeout == seconds


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("integer", typed.Field(type="integer")),
        ("{enum: [a, b]}", typed.Field(enum=("a", "b"))),
        ("{enum: [1, 2]}", typed.Field(type="integer", enum=(1, 2))),
        ("{enum: [1, 2.5]}", typed.Field(type="number", enum=(1, 2.5))),
        ("{enum: [true]}", typed.Field(type="boolean", enum=(True,))),
        (
            "{items: integer}",
            typed.Field(type="array", items=typed.Field(type="integer")),
        ),
        (
            "{properties: {x: date}}",
            typed.Field(type="object", properties={"x": typed.Field(type="date")}),
        ),
        ("{required: false}", typed.Field(required=False)),
    ],
)
def test_a_field_is_a_type_or_says_what_it_is(text: str, field: typed.Field) -> None:
    assert step(f"shell: ls\noutput: {{a: {text}}}").output["a"] == field


def test_a_choice_approves_by_its_name_or_by_saying_so() -> None:
    found = step(
        """
        approval:
          title: Ship?
          choices:
            - approve
            - {name: ship, title: Ship it, approves: true}
            - {name: later}
        """
    )
    assert isinstance(found.do, kinds.Approval)
    assert found.do.choices == (
        kinds.Choice(name="approve", approves=True),
        kinds.Choice(name="ship", title="Ship it", approves=True),
        kinds.Choice(name="later"),
    )


def test_a_gate_without_choices_has_approve_and_reject() -> None:
    gate = step("approval: {title: Ship?}").do
    assert isinstance(gate, kinds.Approval)
    assert [(c.name, c.approves) for c in gate.choices] == [
        ("approve", True),
        ("reject", False),
    ]


def test_a_step_with_needs_makes_the_file_a_graph() -> None:
    assert step("shell: ls\nneeds: []").needs == ()
    assert step("shell: ls").needs is None


def test_a_step_template_is_a_step_without_a_place() -> None:
    text = (
        "step: fetch\ntitle: Fetch\ninputs: {n: integer}\nhttp: https://x\nsafe: true\n"
    )
    template = parse(text, "f").definition
    assert isinstance(template, m.StepTemplate)
    assert template.body == m.Step(
        id="fetch",
        kind="http",
        do=kinds.Http(url="https://x"),
        title="Fetch",
        safe=True,
    )
    assert template.inputs == {"n": typed.Field(type="integer")}


def test_the_other_files_say_what_they_are() -> None:
    artifact = parse("artifact: a\nform: page\nsections: [{text: x}]\n", "f").definition
    agent = parse("agent: b\nsystem: You count.\ntemperature: 0\n", "f").definition
    source = parse("source: c\ninputs: {id: string}\nfile: x.json\n", "f").definition
    assert artifact == m.ArtifactTemplate(
        name="a", body=kinds.Artifact(form="page", sections=(kinds.Section(text="x"),))
    )
    assert agent == m.Agent(name="b", system="You count.", temperature=0)
    assert source == m.Source(
        name="c", body=m.ContextSource(file="x.json"), inputs={"id": typed.Field()}
    )


def test_a_definition_is_the_same_after_the_store() -> None:
    renewal = workflow(RENEWAL)
    kept = msgspec.json.encode(renewal)
    assert msgspec.json.decode(kept, type=m.Definition) == renewal


def test_a_draft_stays_where_there_are_problems() -> None:
    parsed = parse("workflow: w\nsteps:\n  - 7\n  - {id: b, wait: 1s}\n", "f")
    assert parsed.definition is None
    assert isinstance(parsed.draft, m.Workflow)
    assert [s.id for s in parsed.draft.steps] == ["", "b"]


def test_all_problems_of_a_file_are_told_at_once() -> None:
    text = """\
workflow: w
tittle: x
inputs: {a: strng}
steps:
  - {id: A, wait: soon}
  - {shell: ls, retry: 3}
"""
    told = parse(text, "f").problems
    assert [p.line for p in told] == [2, 3, 5, 5, 6, 6]
