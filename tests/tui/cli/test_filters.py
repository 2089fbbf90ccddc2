"""`weir filters`, and `weir runs --filter`."""

from __future__ import annotations

from tests.tui.cli.here import read


def test_a_filter_is_kept_listed_used_and_forgotten(weir, here) -> None:
    one, other = here.start(name="Ana"), here.start(name="Bo")
    assert weir("cancel", one).exit_code == 0
    assert weir("filters", "save", "over", "status:cancelled").exit_code == 0
    (kept,) = read(weir("filters", "--json"))
    assert (kept["name"], kept["pane"], kept["text"]) == (
        *("over", "runs"),
        "status:cancelled",
    )
    found = read(weir("runs", "--filter", "over", "--json"))
    assert [run["id"] for run in found] == [one]
    found = read(weir("runs", "--search", "!status:cancelled", "--json"))
    assert [run["id"] for run in found] == [other]
    assert weir("filters", "delete", "over").exit_code == 0
    refused = weir("runs", "--filter", "over")
    assert refused.exit_code == 2
    assert "no filter 'over' for runs" in refused.stderr


def test_a_project_has_filters_of_its_own(weir, here) -> None:
    for name in ("acme", "globex"):
        weir("project", "new", name)
        words = ("filters", "save", "mine", "since:2d", "--project", name)
        assert weir(*words).exit_code == 0
    refused = weir("runs", "--filter", "mine")
    assert refused.exit_code == 2
    assert "say --project" in refused.stderr
    assert weir("runs", "--filter", "mine", "--project", "acme").exit_code == 0
    gone = weir("filters", "save", "mine", "x", "--project", "nowhere")
    assert gone.exit_code == 2


def test_what_can_be_no_filter_is_refused_before_it_is_kept(weir, here) -> None:
    for name, text, why in (
        ("a b", "x", "can't be the name"),
        ("x", " ", "1 to 1000 characters"),
        ("x", "status:lost", "no status begins"),
    ):
        refused = weir("filters", "save", name, text)
        assert refused.exit_code == 1
        assert why in refused.stderr
    assert read(weir("filters", "--json")) == []
