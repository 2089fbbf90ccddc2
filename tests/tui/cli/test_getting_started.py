"""The page for who begins, followed word by word."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs/getting-started.md").read_text()


def section(heading: str) -> str:
    return PAGE.partition(f"## {heading}")[2].partition("\n## ")[0]


def blocks(heading: str, language: str) -> list[str]:
    """What the page shows under a heading, in the order of its blocks."""
    return re.findall(rf"```{language}\n(.*?)```", section(heading), re.DOTALL)


@pytest.fixture
def hello(weir, workspace: Path) -> Path:
    assert weir("init").exit_code == 0
    return workspace / "workflows/hello.yaml"


def test_the_change_it_asks_for_is_a_problem_and_then_none_and_the_tests_pass(
    weir, hello: Path
) -> None:
    draft, inputs = blocks("4.", "yaml")
    text = hello.read_text()
    text = re.sub(r"  - id: draft\n.*?(?=  - id: card)", draft, text, flags=re.DOTALL)
    hello.write_text(text)
    told = weir("check").stdout
    assert told.startswith("workflows/hello.yaml:")
    assert "the workflow has no input `hobby`" in told
    hello.write_text(re.sub(r"inputs:\n  name:.*\n", inputs, text))
    assert weir("check").exit_code == 0
    tried = weir("test", "hello")
    assert tried.exit_code == 0, tried.output


def test_the_workflow_it_writes_can_be_run(weir, hello: Path) -> None:
    for line in "".join(blocks("5.", "sh")).splitlines():
        words = shlex.split(line, comments=True)[1:]
        more = {"add": ["--yes"], "run": ["--dry-run"]}.get(words[0], [])
        done = weir(*words, *more)
        assert done.exit_code == 0, done.output
    assert "say `--yes`" in section("5.")
    refused = weir("add", "price", "wait")
    assert refused.exit_code != 0
    assert "--yes" in refused.stderr
