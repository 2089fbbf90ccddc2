"""Commands about a run and another version of it: fork."""

from __future__ import annotations

from tests.tui.cli.here import read, write

TWO = """\
workflow: two
inputs:
  name: {type: string, default: ana}
steps:
  - {id: a, set: {x: 1}, output: {x: {type: integer}}}
  - {id: b, set: {name: "{{ inputs.name }}"}}
"""


def test_a_preview_says_what_a_fork_does_and_begins_nothing(weir, here) -> None:
    write(here, weir, TWO)
    run = here.start("two")
    told = weir("fork", run, "--from", "b", "--preview")
    assert [line.split()[:2] for line in told.stdout.splitlines()[:3]] == [
        ["STEP", "WHAT"],
        ["a", "reused"],
        ["b", "re-run"],
    ]
    assert "the fork begins here" in told.stdout
    assert len(read(weir("runs", "--json"))) == 1


def test_a_fork_goes_by_the_inputs_and_outputs_it_is_given(weir, here) -> None:
    write(here, weir, TWO)
    run = here.start("two")
    words = ("--from", "b", "-i", "name=bob", "--output", 'a={"x": 7}')
    forked = read(weir("fork", run, *words, "--json"))["id"]
    here.work(forked)
    assert read(weir("show", forked, "--step", "a", "--json"))["output"] == {"x": 7}
    assert read(weir("show", forked, "--step", "b", "--json"))["output"] == {
        "name": "bob"
    }
    assert f"as a fork of {run} from b" in weir("trace", forked).stdout


def test_a_fork_goes_by_the_newest_version_only_when_asked(weir, here) -> None:
    write(here, weir, TWO)
    run = here.start("two")
    write(here, weir, TWO.replace("{x: 1}", "{x: 2}", 1))
    old = read(weir("fork", run, "--from", "b", "--json"))
    new = read(weir("fork", run, "--from", "b", "--newest", "--json"))
    assert old["version"] == read(weir("show", run, "--json"))["run"]["version"]
    assert new["version"] != old["version"]
    said = weir("fork", run, "--from", "b", "--newest").stderr
    assert "a: done again, although before b" in said
    named = read(
        weir("fork", run, "--from", "b", "--version", new["version"][:9], "--json")
    )
    assert named["version"] == new["version"]


def test_a_fork_that_cannot_be_is_refused_in_one_line(weir, here) -> None:
    write(here, weir, TWO)
    run = here.start("two")
    for words, said in (
        (("--from", "c"), "it has not been to c; say one of a, b"),
        (("--from", "b", "--version", "0000"), "no version of `two` begins with 0000"),
        (("--from", "b", "-i", "nam=x"), "unknown input `nam`"),
        (("--from", "b", "--output", 'a={"x": "seven"}'), "x"),
    ):
        result = weir("fork", run, *words)
        assert result.exit_code in (1, 2)
        assert said in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_version_that_is_not_trusted_is_not_forked_to(weir, here) -> None:
    write(here, weir, TWO)
    run = here.start("two")
    write(here, weir, TWO.replace("{x: 1}", "{x: 2}", 1), ours=False)
    result = weir("fork", run, "--from", "b", "--newest")
    assert result.exit_code == 2
    assert "came from someone else and may not run yet" in result.stderr
    assert len(read(weir("runs", "--json"))) == 1


GATED = """\
workflow: two
steps:
  - {id: a, set: {x: 1}}
  - id: gate
    approval: {title: "Go on?"}
  - {id: b, set: {x: 2}}
"""


def test_a_run_in_flight_is_told_what_a_newer_version_means(weir, here) -> None:
    write(here, weir, GATED)
    run = here.start("two")
    assert weir("check", "--runs").stdout == f"{run} is unaffected\n"
    assert "newer version" not in weir("runs").stdout
    write(here, weir, GATED.replace("x: 2", "x: 3"))
    assert weir("check", "--runs").stdout == f"{run} can adopt\n"
    for words in (("runs",), ("show", run)):
        assert f"! a newer version is there: {run} can adopt" in weir(*words).stdout
    write(here, weir, GATED.replace("id: a", "id: z"))
    told = weir("check", "--runs")
    assert told.exit_code == 1
    why = f"{run} would break at a: the new version has no such step"
    assert told.stdout == f"{why}\n"
    assert why in weir("runs").stdout


def test_a_run_adopts_the_newest_version_and_says_who_did_it(weir, here) -> None:
    write(here, weir, GATED)
    run = here.start("two")
    write(here, weir, GATED.replace("x: 2", "x: 3"))
    preview = read(weir("adopt", run, "--preview", "--json"))
    assert preview["breaks"] == []
    assert [step["what"] for step in preview["steps"]] == ["reused", "re-run", "new"]
    adopted = read(weir("adopt", run, "--json"))
    assert adopted["version"] == preview["version"]
    weir("approve", run, "--yes")
    here.work(run)
    assert read(weir("show", run, "--step", "b", "--json"))["output"] == {"x": 3}


def test_what_would_break_is_not_adopted(weir, here) -> None:
    write(here, weir, GATED)
    run = here.start("two")
    write(here, weir, GATED.replace("id: a", "id: z"))
    assert "! would break at a" in weir("adopt", run, "--preview").stdout
    result = weir("adopt", run)
    assert result.exit_code == 1
    assert "would break at a: the new version has no such step" in result.stderr


def test_a_version_that_is_not_trusted_is_not_adopted(weir, here) -> None:
    write(here, weir, GATED)
    run = here.start("two")
    write(here, weir, GATED.replace("x: 2", "x: 3"), ours=False)
    result = weir("adopt", run)
    assert result.exit_code == 2
    assert "came from someone else" in result.stderr


VARIANT = """\
workflow: NAME
inputs:
  customer: {type: string}
steps:
  - {id: a, set: {by: NAME}}
"""
FRONT = """\
workflow: renewal
inputs:
  customer: {type: string}
variants:
  use: {renewal-a: 50, renewal-b: 50}
  by: inputs.customer
"""


def test_a_name_with_variants_leads_a_customer_to_the_same_one(weir, here) -> None:
    for name in ("renewal-a", "renewal-b"):
        write(here, weir, VARIANT.replace("NAME", name), name)
    write(here, weir, FRONT, "renewal")
    assert weir("check").exit_code == 0
    assert weir("graph", "renewal").stdout.startswith("→ renewal-a  (50% of inputs.")
    found = {}
    for customer in ("acme", "globex", "hooli", "initech", "acme"):
        words = ("run", "renewal", "-i", f"customer={customer}", "--detach", "--json")
        run = read(weir(*words))
        assert run["variant_of"] == "renewal"
        assert found.setdefault(customer, run["workflow"]) == run["workflow"]
    assert set(found.values()) == {"renewal-a", "renewal-b"}
    assert len(read(weir("runs", "--workflow", "renewal", "--json"))) == 5
    told = weir("trace", run["id"]).stdout
    said = "as a variant of renewal (inputs.customer is acme; renewal-a 50"
    assert said in told
    assert "a variant of renewal" in weir("show", run["id"]).stdout


def test_a_variant_of_someone_else_is_not_begun(weir, here) -> None:
    for name in ("renewal-a", "renewal-b"):
        text = VARIANT.replace("NAME", name)
        write(here, weir, text, name, ours=False)
    write(here, weir, FRONT, "renewal")
    result = weir("run", "renewal", "-i", "customer=acme", "--detach")
    assert result.exit_code == 2
    assert "came from someone else" in result.stderr


def test_a_workflow_whose_file_is_gone_begins_no_run_and_ends_none(weir, here) -> None:
    gate = here.gate()
    run = here.run_of(gate)
    file = here.root / "workflows" / "greet.yaml"
    text = file.read_text()
    file.unlink()
    refused = weir("run", "greet", "--detach")
    assert refused.exit_code == 2
    assert "workflows/greet.yaml is gone, so no run of `greet` can" in refused.stderr
    assert "git log -- workflows/greet.yaml" in refused.stderr
    assert [each["id"] for each in read(weir("runs", "--json"))] == [run]
    assert weir("approve", gate, "-i", "copies=1", "--yes").exit_code == 0
    here.work(run)
    assert read(weir("show", run, "--json"))["run"]["status"] == "succeeded"
    write(here, weir, text, "greet")
    assert weir("run", "greet", "--detach").exit_code == 0


def test_the_id_of_a_gate_means_its_run_where_one_only_looks(weir, here) -> None:
    gate = here.gate()
    run = read(weir("inbox", "--json"))[0]["run"]
    assert read(weir("show", gate, "--json"))["run"]["id"] == run
    for words in (
        ("cancel", gate),
        ("prune", gate, "--yes"),
        ("export", gate, "-o", "x"),
    ):
        told = weir(*words)
        assert told.exit_code == 2, words
        assert "no run begins with" in told.stderr, "what is done to a run names it"
