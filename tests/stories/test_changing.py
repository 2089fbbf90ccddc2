"""A run that failed in the middle, and what a person changes to have it go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.stories.place import Place

MakePlace = Callable[..., Place]

# Each step leaves a line in a file: what has really been done, and how often.
FILE = """workflow: chain
inputs:
  folder: {type: string}
  good: {type: string, default: "no"}
steps:
  - {id: fetch, shell: "echo fetch >> AT"}
  - id: sides
    parallel:
      branches:
        left: [{id: l, shell: "echo l >> AT"}]
        right: [{id: r, shell: "echo r >> AT"}]
  - {id: check, shell: "echo check >> AT; test {{ inputs.good | quote }} = yes"}
  - {id: send, shell: "echo send >> AT"}
""".replace("AT", "{{ inputs.folder | quote }}/done")


def effects(folder: Path) -> Counter[str]:
    return Counter((folder / "done").read_text().split())


def failed(place: Place, folder: Path) -> str:
    """A run that has failed at `check`, the third of four steps."""
    run = place.start("chain", folder=str(folder))
    place.wake()
    place.until_run(run, "failed")
    return run


def test_a_fork_after_a_failure_does_again_only_what_is_needed(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(chain=FILE)
    old = failed(place, tmp_path)
    words = ("fork", old, "--from", "check", "-i", "good=yes")
    verdicts = {v["path"]: v["what"] for v in place.reads(*words, "--preview")}
    assert verdicts == {
        "fetch": "reused",
        "sides": "reused",
        "sides[left]/l": "reused",
        "sides[right]/r": "reused",
        "check": "re-run",
        "send": "new",
    }
    new = place.reads(*words)["id"]
    place.until_run(new, "succeeded")
    assert effects(tmp_path) == {"fetch": 1, "l": 1, "r": 1, "check": 2, "send": 1}
    assert place.state(old).status == "failed"
    assert place.step(new, "fetch").reused == old
    assert f"reused from {old}" in place.weir("show", new, "--step", "fetch")


def test_a_failed_run_goes_on_by_the_file_that_was_mended(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(chain=FILE)
    run = failed(place, tmp_path)
    mended = FILE.replace("; test {{ inputs.good | quote }} = yes", "")
    (place.root / "workflows" / "chain.yaml").write_text(mended)
    preview = place.reads("retry", run, "--newest", "--preview")
    assert preview["breaks"] == []
    assert {step["what"] for step in preview["steps"][:4]} == {"reused"}
    place.weir("retry", run, "--newest")
    place.until_run(run, "succeeded")
    assert effects(tmp_path) == {"fetch": 1, "l": 1, "r": 1, "check": 2, "send": 1}
