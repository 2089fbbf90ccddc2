"""`weir convert`: what it writes, what it tells, and what it refuses."""

from __future__ import annotations

from pathlib import Path

DAGU = "tags: [x]\nparams: [NAME: you]\nsteps:\n  - echo $NAME\n  - uname; rm '$NAME'\n"


def test_a_workflow_is_written_that_has_no_problems(weir, workspace: Path) -> None:
    (workspace / "Greet You.yaml").write_text(DAGU)
    result = weir("convert", "dagu", "Greet You.yaml")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("wrote workflows/greet-you.yaml\n")
    assert result.stderr.splitlines()[0].startswith("Greet You.yaml:1: `tags`")
    assert "Greet You.yaml:5: the step `step-2` is left out" in result.stderr
    assert weir("check").stdout == "1 definition, no problems\n"
