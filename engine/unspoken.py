"""Model providers that weir.toml names and that nobody can ask."""

from __future__ import annotations

from engine.definition.marks import Path
from engine.definition.model import Problem
from engine.errors import WeirError
from engine.files import MB, safe_file
from engine.llm.provider import spoken
from engine.toml_marks import marks_of
from engine.workspace import CONFIG, Config, ProviderConfig, Workspace


def unspoken(workspace: Workspace) -> list[Problem]:
    """A problem for each, where it is named; steps that ask it would fail in a run."""
    wrong = wrong_in(workspace.config)
    if not wrong:
        return []
    marks = marks_of(safe_file(workspace.root, CONFIG, MB).decode("utf-8-sig"))
    return [Problem(CONFIG, *marks.value(path), why) for path, why in wrong.items()]


def wrong_in(config: Config) -> dict[Path, str]:
    """Why nobody can be asked, by the path to each name."""
    named: dict[str, Path] = {config.provider: ("provider",)} if config.provider else {}
    named |= {name: ("providers", name) for name in config.providers}
    wrong = {}
    for name, path in named.items():
        try:
            spoken(name, config.providers.get(name, ProviderConfig()))
        except WeirError as error:
            wrong[path] = str(error)
    return wrong
