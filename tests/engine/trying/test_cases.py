"""What a case of a test comes to, played without a store, a runner or a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.trying import playing
from engine.trying.files import find_tests, library_of, problems_of, read_file
from engine.trying.results import results
from engine.workspace import open_workspace

ROOT = Path(__file__).parents[3]
WORKSPACES = [ROOT, *sorted((ROOT / "workflows/examples").glob("*/"))]


@pytest.mark.parametrize("root", WORKSPACES, ids=lambda root: root.name)
def test_every_workflow_that_comes_with_weir_has_a_test_that_holds(root: Path) -> None:
    workspace = open_workspace(root)
    library = library_of(workspace)
    reads = [read_file(root, path) for path in find_tests(root)]
    assert [p for read in reads for p in problems_of(read, library)] == []
    tested = {read.tests.workflow for read in reads if read.tests}
    shipped = {key.partition("/")[2] for key in library if key.startswith("workflow/")}
    variants = {"teaser-plain", "teaser-question"}  # tried by the name of both
    assert tested == shipped - variants
    for read in reads:
        for result in results(workspace, read, library):
            assert result.wrong == (), result.case


def tried(root: Path, cases: str, **workflows: str) -> list[list[str]]:
    """What is wrong with each case: its place in the file, and the words."""
    (root / "workflows/tests").mkdir(parents=True)
    for name, text in workflows.items():
        path = root / "workflows" / f"{name}.yaml"
        path.write_text(f"workflow: {name}\n{text}")
    (root / "workflows/tests/t.yaml").write_text(f"test: w\ncases:\n{cases}")
    workspace = open_workspace(root)
    library = library_of(workspace)
    read = read_file(root, "workflows/tests/t.yaml")
    assert problems_of(read, library) == []
    found = results(workspace, read, library)
    return [[f"{p.line}:{p.column}: {p.message}" for p in r.wrong] for r in found]


STEPS = """inputs: {n: {type: integer, default: 1}}
steps:
  - {id: fetch, shell: "curl example.com", retry: {attempts: 2, delay: 1h}}
  - {id: draft, llm: {prompt: "About {{ outputs.fetch.stdout }}"}}
  - {id: ask, approval: {title: "Send {{ outputs.draft.text }}?"}}
"""
GOOD = "answers: {fetch: rain, draft: It rains.}, decisions: {ask: approve}"

CASES = {
    "as it is": (GOOD, []),
    "another end": (
        "answers: {fetch: rain}, decisions: {ask: {choice: reject, comment: no}}",
        ["3:5: it is failed, not succeeded: reject by someone at ask: no"],
    ),
    "a step that reaches out": (
        "{}",
        [
            "3:11: fetch would reach out (shell), and `answers` does not say what it"
            " leaves: fetch: …"
        ],
    ),
    "it waits for a person": (
        "answers: {fetch: rain}",
        ["3:5: it is waiting at ask, not succeeded"],
    ),
    "an answer too many": (
        f"{GOOD[:-1]}, fetch: approve}}".replace(
            "decisions: {ask: approve, fetch: approve}",
            "decisions: {ask: [approve, reject]}",
        ),
        ["5:32: nothing came to this answer"],
    ),
    "it fails twice and is over": (
        "answers: {fetch: [{fails: gone}, {fails: gone for good}]}",
        ["3:5: it is failed, not succeeded: fetch: gone for good"],
    ),
    "it fails once and is tried again": (
        GOOD.replace("fetch: rain", "fetch: [{fails: gone}, rain]"),
        [],
    ),
    "a decision that is no choice": (
        GOOD.replace("ask: approve", "ask: aprove"),
        ["3:11: the decision at ask is refused"],
    ),
    "inputs that do not fit": (
        f"inputs: {{n: much}}, {GOOD}",
        ["3:11: `n` must be a whole number; got `much`"],
    ),
    "a prompt that says something else": (
        f"{GOOD}, expect: {{prompts: {{draft: snow}}}}",
        ["the prompt of draft does not say “snow”; it says “About rain”"],
    ),
    "a gate that says too much": (
        f"{GOOD}, expect: {{gates: {{ask: {{excludes: rains}}}}}}",
        ["the gate of ask says “rains”"],
    ),
    "a document that is none": (
        f"{GOOD}, expect: {{artifacts: {{draft: rain}}}}",
        ["there was no document of draft; there is none"],
    ),
    "another way": (
        f"{GOOD}, expect: {{route: [fetch, ask]}}",
        ["it went fetch → draft → ask"],
    ),
    "a part of the way": (f"{GOOD}, expect: {{route: [fetch, ..., ask]}}", []),
    "another output": (
        f"{GOOD}, expect: {{outputs: {{fetch: {{stdout: snow, exit: 0}}}}}}",
        ['fetch.stdout is “"rain"”, not “"snow"”'],
    ),
    "an output of no step": (
        f"{GOOD}, expect: {{outputs: {{fetsh: {{}}}}}}",
        ["no step fetsh has left anything; did you mean `fetch`?"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_case_says_where_and_how_it_is_otherwise(tmp_path: Path, name: str) -> None:
    said, wrong = CASES[name]
    said = said if said != "{}" else ""
    lines = "\n".join(f"    {part}" for part in split(said))
    (found,) = tried(tmp_path, f"  - case: x\n{lines}\n", w=STEPS)
    assert len(found) == len(wrong), found
    for one, words in zip(found, wrong, strict=True):
        assert words in one, found


def split(said: str) -> list[str]:
    """The keys of a flow mapping, a line each."""
    depth, parts = 0, [""]
    for sign in said:
        depth += (sign in "{[") - (sign in "}]")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


def test_runs_inside_of_runs_are_answered_by_their_place(tmp_path: Path) -> None:
    outer = """steps:
  - {id: first, run: inner, with: {of: one}}
  - {id: second, run: inner, with: {of: two}}
  - {id: left, set: {a: "{{ outputs.first.outputs.say.stdout }}"}}
"""
    inner = """inputs: {of: string}
steps:
  - {id: say, shell: "echo {{ inputs.of }}"}
  - {id: ask, approval: {title: "{{ outputs.say.stdout }}?"}}
"""
    cases = """  - case: each by its place, or both by the id
    answers: {first/say: one, second/say: two}
    decisions: {ask: [approve, approve]}
    expect:
      route: [first, second, left]
      outputs: {left: {a: one}}
      gates: {ask: ["one?", "two?"]}
"""
    assert tried(tmp_path, cases, w=outer, inner=inner) == [[]]


def test_texts_of_runs_inside_of_runs_are_named_by_their_place(tmp_path: Path) -> None:
    outer = """steps:
  - {id: first, run: inner, with: {of: one}}
  - id: each
    for_each:
      in: "['a', 'b']"
      steps: [{id: turn, run: inner, with: {of: "{{ item }}"}}]
"""
    inner = """inputs: {of: string}
steps:
  - {id: say, llm: "About {{ inputs.of }}"}
  - {id: ask, approval: {title: "{{ inputs.of }}?"}}
  - {id: note, artifact: {title: "On {{ inputs.of }}", sections: [{text: Yes}]}}
"""
    cases = """  - case: each by its place
    decisions: {ask: [approve, approve, approve]}
    expect:
      prompts: {first/say: {equals: About one}, "each[b]/turn/say": {equals: About b}}
      gates: {first/ask: {equals: "one?"}, turn/ask: ["a?", "b?"]}
      artifacts: {first/note: {contains: On one, excludes: On a}}
  - case: no other one
    decisions: {ask: [approve, approve, approve]}
    expect: {prompts: {first/say: About a, second/say: x}}
"""
    none, told = tried(tmp_path, cases, w=outer, inner=inner)
    assert none == []
    assert [each.partition(": ")[2] for each in told] == [
        "the prompt of first/say does not say “About a”; it says “About one”",
        "there was no prompt of second/say; there is first/say, each[a]/turn/say,"
        " each[b]/turn/say",
    ]


def test_times_pass_at_once_and_deadlines_when_nobody_answers(tmp_path: Path) -> None:
    text = """steps:
  - {id: rest, wait: 3d}
  - {id: now, set: {day: "{{ today }}"}}
  - id: ask
    approval: {title: Go on?, timeout: 2h, on_timeout: expire}
  - {id: file, wait: {file: in.csv}, timeout: 1d}
"""
    cases = """  - case: it goes on
    at: 2026-03-01
    answers: {file: {path: in.csv}}
    decisions: {ask: approve}
    expect: {outputs: {now: {day: "2026-03-04"}, file: {path: in.csv}}}
  - case: nobody answers
    decisions: {ask: expire}
    expect: {status: cancelled, reason: nobody decided}
  - case: the file does not come
    answers: {file: {fails: "waited 1d", kind: timeout}}
    decisions: {ask: approve}
    expect: {status: failed, reason: waited}
"""
    assert tried(tmp_path, cases, w=text) == [[], [], []]


def test_two_who_decide_and_a_draft_that_one_edits(tmp_path: Path) -> None:
    text = """steps:
  - {id: draft, llm: {prompt: Write.}}
  - id: ask
    approval:
      {title: Send?, show: [outputs.draft.text], required: 2, approvers: [ana, ben]}
  - {id: sent, set: {text: "{{ outputs.draft.text }}"}}
"""
    cases = """  - case: two say yes
    answers: {draft: Dear all}
    decisions: {ask: [approve, approve]}
    expect: {outputs: {sent: {text: Dear all}}}
  - case: the same person twice is one too few
    answers: {draft: Dear all}
    decisions: {ask: [{choice: approve, by: ana}, {choice: approve, by: ana}]}
"""
    whole, twice = tried(tmp_path, cases, w=text)
    assert whole == []
    assert "the decision at ask is refused" in twice[0]


def test_context_is_given_or_read_from_files_and_never_asked_for(
    tmp_path: Path,
) -> None:
    (tmp_path / "note.txt").write_text("from the file")
    text = """context:
  note: {file: note.txt}
  told.there: {http: "https://example.com/x"}
  maybe: {shell: date, optional: true}
steps:
  - {id: seen, set: {note: "{{ note }}", told: "{{ told.there }}"}}
"""
    cases = """  - case: given
    context: {told.there: hello}
    expect: {outputs: {seen: {note: from the file, told: hello}}}
  - case: not given
"""
    given, missing = tried(tmp_path, cases, w=text)
    assert given == []
    assert missing == [
        "6:11: `told.there` is looked up by http, and `context` does not say what it"
        " is: told.there: …"
    ]


def test_a_value_of_a_case_is_held_to_what_a_step_requires(tmp_path: Path) -> None:
    text = """context:
  customer: {http: "https://example.com/x"}
steps:
  - {id: a, requires: {customer.arr: {type: number, minimum: 1}}, llm: "{{ customer }}"}
"""
    cases = """  - case: a text is read as a number
    context: {customer: {arr: "12"}}
    expect: {prompts: {a: '"arr": 12'}}
  - case: too little
    context: {customer: {arr: 0}}
    expect: {status: waiting}
  - case: what it waits for is told
    context: {customer: {arr: 0}}
"""
    number, waits, told = tried(tmp_path, cases, w=text)
    assert (number, waits) == ([], [])
    assert told == [
        "9:5: it is waiting at @context, not succeeded: for another value of"
        " customer.arr; customer.arr must be at least 1; got `0`"
    ]


def test_a_case_says_no_value_that_its_way_never_needs(tmp_path: Path) -> None:
    text = """context:
  told.there: {http: "https://example.com/x"}
steps:
  - {id: ask, approval: {title: "Go on?"}}
  - {id: seen, set: {told: "{{ told.there }}"}}
"""
    cases = """  - case: no
    decisions: {ask: {choice: reject, comment: no}}
    expect: {status: failed, route: [ask]}
  - case: "yes"
    context: {told.there: hello}
    decisions: {ask: approve}
    expect: {route: [ask, seen], outputs: {seen: {told: hello}}}
  - case: lacking
    decisions: {ask: approve}
"""
    refused, approved, lacking = tried(tmp_path, cases, w=text)
    assert (refused, approved) == ([], [])
    assert "`told.there` is looked up by http" in lacking[0]


def test_a_loop_without_an_end_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "MOST", 20)
    text = """steps:
  - id: a
    set: {x: 1}
    max_visits: 10000
    route: [{when: outputs.a.x > 1, to: end}, {to: a}]
"""
    ((said,),) = tried(tmp_path, "  - case: round and round\n", w=text)
    assert "it has not ended after 20 acts" in said


def test_who_approves_in_a_case_has_ticked_what_the_gate_wants(tmp_path: Path) -> None:
    steps = """steps:
  - {id: checks, artifact: {form: checklist, sections: [{items: [a, b]}]}}
  - {id: ask, approval: {title: "Go on?", complete: [artifacts.checks]}}
"""
    case = "  - {case: x, decisions: {ask: approve}}\n"
    assert tried(tmp_path, case, w=steps) == [[]]
