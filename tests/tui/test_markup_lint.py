"""No text that is not ours reaches a widget that reads markup."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.markup_lint import faults, faults_of

TUI = Path(__file__).parents[2] / "tui"

UNSAFE = [
    "Static(text)",
    "Static(f'run {run}')",
    "Label(run.title)",
    "Button('ok ' + name)",
    "self.notify(f'{error}')",
    "self.notify(str(error), severity='error')",
    "self.app.notify('fine', title=title)",
    "self.border_title = run.title",
    "self.query_one('#x', Static).update(text)",
    "self.query_one('#x').update('{}'.format(text))",
    "OptionList('a', name)",
    "OptionList(*[name for name in names])",
    "OptionList(Option(name, id='x'))",
    "Select([(name, 1)])",
    "Select([(name, 1) for name in names])",
    "Select(options=names)",
    "tree.root.add_leaf(name)",
    "table.add_row('a', name)",
    "Tree(name)",
    "Tabs(name)",
    "Collapsible(title=name)",
    "Content.from_markup(text)",
    "Static(Content.from_markup(f'[b]{text}[/b]'))",
    "def f(text):\n    shown = text\n    yield Static(shown)",
    "def f():\n    shown = 'a'\n    shown = load()\n    yield Static(shown)",
    "def f():\n    shown = 'a'\n    shown += load()\n    yield Static(shown)",
    "Static(', '.join(names))",
    "self.app.copy_to_clipboard(text)",
    "self.app.open_url('http://example.com')",
    "widgets.Static(text)",
]
SAFE = [
    "Static('Runs')",
    "Static()",
    "Static(plain(text))",
    "Static(plain(text, 'bold') + ' ' + plain(more))",
    "Static(plain(text) if text else 'none')",
    "Static(Content(text))",
    "Static(Content.assemble(plain(text), ' x'))",
    "Static(text, markup=False)",
    "self.notify(text, markup=False)",
    "Static(f'{len(runs)} runs')",
    "Content.from_markup('[b]$x[/b]', x=text)",
    "def f(text: Content):\n    yield Static(text)",
    "def f(text):\n    shown = plain(text)\n    yield Static(shown)",
    "def head(run) -> Content: ...\ndef f(run):\n    yield Static(head(run))",
    "TITLE = 'Runs'\ndef f():\n    yield Static(TITLE)",
    "self.border_title = plain(name).truncate(20)",
    "self.seen.update(key for key in keys)",
    "self.rows.update({'a': 1})",
    "os.environ.update(PLAIN)",
    "OptionList(*[Option(plain(name)) for name in names])",
    "Select([(plain(name), name) for name in names])",
    "Static(text)  # text: constant",
    "Static(\n    text\n)  # text: constant",
]


@pytest.mark.parametrize("source", UNSAFE)
def test_text_that_may_hold_markup_is_found(source: str) -> None:
    assert faults_of(source)


@pytest.mark.parametrize("source", SAFE)
def test_constants_and_content_are_let_through(source: str) -> None:
    assert faults_of(source) == []


def test_the_workbench_gives_no_widget_text_that_may_hold_markup() -> None:
    assert faults(TUI) == []
