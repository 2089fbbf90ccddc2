"""`weir context` and `weir render`: what is told is what is sent. Nothing begins."""

from __future__ import annotations

import json
import time

from tests.tui.cli.here import read, write
from tui.cli.seeing import since

SEE = """\
workflow: see
inputs:
  who: string
context:
  of.them: {file: "data/{{ inputs.who }}.json"}
  total: {expr: of.them.a + of.them.b}
steps:
  - id: first-one
    llm: {system: "Be brief.", prompt: "Who is {{ inputs.who }}? {{ total }}"}
  - {id: second, llm: "More than {{ outputs.first_one.text }}?"}
  - {id: ask, approval: {title: "Send to {{ inputs.who }}?", show: [outputs.second]}}
"""


KNOWN = """\
workflow: known
context:
  end: {project: end}
steps:
  - {id: a, set: {end: "{{ end }}"}}
"""


def begun(here, weir) -> None:
    (here.root / "data").mkdir()
    (here.root / "data" / "ana.json").write_text('{"a": 1, "b": 41}')
    write(here, weir, SEE, "see")


def test_the_context_is_told_with_its_sources_and_sizes(weir, here) -> None:
    begun(here, weir)
    told = weir("context", "see", "-i", "who=ana")
    assert told.exit_code == 0, told.stderr
    lines = [line.split() for line in told.stdout.splitlines()]
    assert ["of.them", "file", "data/ana.json", "14", "B"] in [
        each[:5] for each in lines
    ]
    assert ["total", "expr", "of.them.a"] in [each[:3] for each in lines]
    assert ["first-one", "inputs.who", "5", "B"] in lines
    assert ["total", "2", "B"] in lines
    assert "not there yet" in told.stdout
    whole = read(weir("context", "see", "-i", "who=ana", "--json"))
    assert whole["context"]["total"]["value"] == 42
    assert read(weir("runs", "--json")) == []


def test_what_is_missing_is_told_beside_what_is_there(weir, here) -> None:
    begun(here, weir)
    told = weir("context", "see", "-i", "who=bob")
    assert told.exit_code == 1
    assert "missing: of.them: there is no data/bob.json in" in told.stderr
    lines = [line.split() for line in told.stdout.splitlines()]
    assert ["total", "missing", "made", "of", "what"] in [each[:5] for each in lines]
    assert ["total", "missing"] in lines
    assert ["first-one", "inputs.who", "5", "B"] in lines
    whole = json.loads(weir("context", "see", "-i", "who=bob", "--json").stdout)
    assert whole["context"]["of.them"]["value"] is None


FITS = """\
workflow: fits
context:
  of.them: {file: data/ana.json}
  down: {shell: "echo gone >&2; exit 3"}
steps:
  - id: a
    requires: {of.them.a: {type: integer, minimum: 5}}
    llm: "A {{ of.them.a }}"
  - {id: b, requires: {of.them.c: text}, llm: "B {{ down }}"}
"""


def test_what_a_run_would_ask_for_is_told_by_value_and_by_step(weir, here) -> None:
    begun(here, weir)
    write(here, weir, FITS, "fits")
    told = weir("context", "fits")
    assert told.exit_code == 1
    assert (
        "missing: of.them.c (text), for b; does not fit: of.them.a (integer), for a:"
        " must be at least 5; got `1`, from data/ana.json"
    ) in told.stderr
    lacks = json.loads(weir("context", "fits", "--json").stdout)["lacks"]
    assert [each["name"] for each in lacks] == ["of.them.a", "of.them.c"]
    told = weir("render", "fits", "--step", "a")
    assert told.exit_code == 1
    first = "a run asks first: `of.them.a` must be at least 5; got `1`"
    assert first in told.stdout
    assert "A 1" in told.stdout


def test_a_source_that_is_down_hides_no_other(weir, here) -> None:
    begun(here, weir)
    write(here, weir, FITS, "fits")
    told = weir("context", "fits")
    assert told.exit_code == 1
    rows = [line.split() for line in told.stdout.splitlines()]
    assert ["of.them", "file", "data/ana.json"] in [each[:3] for each in rows]
    assert ["down", "failed"] in [each[:2] for each in rows]
    assert ["down", "failed"] in [each[-2:] for each in rows]
    assert "failed: down: " in told.stderr
    assert weir("context", "fits", "--json").exit_code == 1


def test_what_was_kept_says_for_how_long_and_what_took_a_while_does_not() -> None:
    looked = time.time() - 30
    assert since(looked, looked) == ""
    assert since(looked - 90, looked) == " (2 minutes ago)"


def test_a_prompt_is_rendered_to_the_last_byte(weir, here) -> None:
    begun(here, weir)
    told = weir("render", "see", "--step", "first-one", "-i", "who=ana", "--json")
    assert read(told) == {
        "first-one": [
            {"where": "llm.system", "text": "Be brief.", "problem": ""},
            {"where": "llm.prompt", "text": "Who is ana? 42", "problem": ""},
        ]
    }


def test_what_a_later_step_lacks_is_told_and_can_be_given(weir, here) -> None:
    begun(here, weir)
    told = weir("render", "see", "-i", "who=ana")
    assert told.exit_code == 1
    assert "Who is ana? 42" in told.stdout
    assert "can't be told yet: `outputs.first_one.text` is missing" in told.stdout
    words = ("--step", "second", "--output", 'first-one={"text": "x"}')
    given = weir("render", "see", "-i", "who=ana", *words)
    assert given.exit_code == 0
    assert "More than x?" in given.stdout


def test_a_run_gives_what_it_has_left_and_the_prompt_is_what_was_sent(
    weir, here
) -> None:
    begun(here, weir)
    run = here.start("see", who="ana")
    here.work(run)
    sent = [
        each["text"]
        for each in read(weir("logs", run, "--json"))
        if each["stream"] == "prompt" and each["path"] == "second"
    ]
    told = read(weir("render", "--run", run, "--step", "second", "--json"))
    assert told["second"][0]["text"] == "\n".join(sent)
    asked = weir("render", "--run", run, "--step", "ask")
    assert "Send to ana?" in asked.stdout


def test_a_context_reads_what_is_known_of_the_project(weir, here) -> None:
    write(here, weir, KNOWN, "known")
    weir("project", "new", "acme", "--title", "ACME Ltd")
    lacking = weir("context", "known", "--project", "acme")
    assert lacking.exit_code == 1
    assert "end: project acme has no fact `end`" in lacking.stderr
    assert "`weir project set acme end=…`" in lacking.stderr
    weir("project", "set", "acme", "end=2027-03-01")
    told = read(weir("context", "known", "--project", "acme", "--json"))
    assert told["context"]["end"]["value"] == "2027-03-01"
    assert told["context"]["end"]["where"] == "project acme"
    nowhere = weir("context", "known")
    assert "end: the run is in no project" in nowhere.stderr


def test_what_is_typed_wrong_is_refused(weir, here) -> None:
    begun(here, weir)
    assert weir("render").exit_code == 2
    unknown = weir("render", "see", "--step", "secnd", "-i", "who=ana")
    assert "see has no step 'secnd'; did you mean `second`?" in unknown.stderr
    assert weir("render", "see", "-i", "who=ana", "--run", "r1").exit_code == 2
    lacking = weir("context", "see")
    assert "missing input `who`" in lacking.stderr


LATE = """\
workflow: late
context:
  soon: {expr: "'x'"}
  late: {expr: "soon ~ 'y'"}
steps:
  - {id: a, set: {x: "{{ soon }}"}}
  - {id: b, set: {x: "{{ late }}"}}
"""


def test_it_is_told_before_which_step_a_value_is_looked_up(weir, here) -> None:
    write(here, weir, LATE, "late")
    lines = [line.split() for line in weir("context", "late").stdout.splitlines()]
    assert ["late", "expr", "soon", "~", "'y'", "4", "B", "b", "xy"] in lines
    assert ["soon", "expr", "'x'", "3", "B", "all", "steps", "x"] in lines
    whole = read(weir("context", "late", "--json"))["context"]
    assert [whole[name]["before"] for name in ("soon", "late")] == ["", "b"]


MANY = """\
workflow: many
inputs: {names: {type: array, items: string}}
steps:
  - id: each
    for_each:
      in: inputs.names
      as: name
      key: name | upper
      steps:
        - {id: hail, llm: "Hail {{ name }}, {{ turn.number }} of {{ turn.of }}"}
        - {id: more, set: {x: "{{ outputs.hail.text }}"}}
  - {id: desk, llm: {agent: desk, prompt: "Ask for {{ inputs.names | first }}"}}
  - id: found
    for_each: {in: outputs.desk.text, steps: [{id: tell, llm: "Tell {{ item }}"}]}
"""
DESK = "agent: desk\ntools: [find]\n"
FIND = "step: find\ndescription: Finds.\ninputs: {who: string}\nset: {x: 1}\n"


def many(here, weir) -> None:
    write(here, weir, DESK, "desk")
    write(here, weir, FIND, "find")
    write(here, weir, MANY, "many")


def test_a_step_in_a_loop_is_told_for_each_item(weir, here) -> None:
    many(here, weir)
    words = ("render", "many", "-i", 'names=["ana","bo"]')
    told = read(weir(*words, "--step", "hail", "--json"))
    assert {name: texts[0]["text"] for name, texts in told.items()} == {
        "each[ANA]/hail": "Hail ana, 1 of 2",
        "each[BO]/hail": "Hail bo, 2 of 2",
    }
    assert [*read(weir(*words, "--step", "each[BO]/hail", "--json"))] == [
        "each[BO]/hail"
    ]
    unknown = weir(*words, "--step", "each[CY]/hail")
    assert "many has no step 'each[CY]/hail'" in unknown.stderr
    whole = weir(*words)
    assert "── tell: llm.prompt\ncan't be told yet: `item` is missing" in whole.stdout
    nobody = weir("render", "many", "-i", "names=[]", "--step", "hail")
    assert "the loop around it goes through nothing" in nobody.stderr


def test_a_step_with_tools_is_told_by_its_own_name(weir, here) -> None:
    many(here, weir)
    told = weir("render", "many", "-i", 'names=["ana"]', "--step", "desk")
    assert told.stdout == "── desk: llm.prompt\nAsk for ana\n"
    told = weir("context", "many", "-i", 'names=["ana"]')
    assert "desk" in [line.split()[0] for line in told.stdout.splitlines() if line]
    assert "desk.ask" not in told.stdout
    assert "desk.calls" not in told.stdout


def test_in_a_run_each_arm_reads_what_stands_in_it(weir, here) -> None:
    many(here, weir)
    run = here.start("many", names=["ana", "bo"])
    here.work(run)
    told = read(weir("render", "--run", run, "--step", "more", "--json"))
    assert [*told] == ["each[ANA]/more", "each[BO]/more"]
    assert "Hail ana" in told["each[ANA]/more"][0]["text"]
    assert "Hail bo" in told["each[BO]/more"][0]["text"]
    assert "── each[BO]/hail: llm.prompt" in weir("render", "--run", run).stdout
