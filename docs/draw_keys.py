"""Draws docs/keys.md from the registry of actions (`make docs`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tui.actions import ACTIONS, PLACES, Action
from tui.keymap import parse_keys, shown

HEAD = """# Keys

Drawn by `make docs` from the workbench's registry of actions. `?` shows the keys of the
pane you are in.

An action that can't be done just now says why. `ctrl+p` finds all of them by name,
first what can be done here, and `⏎` leads to where the others are. What begins
something new is done from anywhere. Each has an id, and can have other keys.
`g ,` shows all settings, and changes the chosen one: a switch turns, colours are seen
before they are taken, keys are pressed. A clash is told, with both sides. So does
`weir settings`:

```sh
weir settings theme=dark bell=off
weir settings keymap.runs.stop=X      # runs.stop= : as usual again
```

They are kept in `config.toml` in `~/.config/weir`, where comments and order of yours
stay. A workbench that is open goes by what changes there at once:

```toml
theme = "high-contrast"   # ansi-dark: your terminal's own 16 colours
bell = false              # no ring, and nothing to the desktop, for what is new
failures = false          # ring for gates alone, not when something failed
title = false             # leave the terminal's title alone
mouse = false             # leave it to the terminal
undo = 10                 # seconds in which `u` takes a decision back; else 5

[keymap]
"runs.stop" = ["X"]
```

## Terminals

`NO_COLOR=1` shows no colour; every status has a sign and a word beside it. Where `LANG`
names no UTF-8, as `C` does, all signs and borders are ASCII. Nothing moves by itself,
and the cursor does not blink. `ctrl+z` and `fg` work. A line that is cut stops no run.

`weir --plain` draws nothing, for a screen reader or a line that is too slow: it tells
what waits and what changes, a line for each, in words. What you type is any `weir`
command: `approve ID`, `show RUN`, `inbox`; what it prints can be typed
there. `help` lists all, `quit` leaves.
"""


def page() -> str:
    """The whole page, as it should stand in docs/."""
    parts = [HEAD]
    for pane in PLACES:
        own = [action for action in ACTIONS if action.where and pane in action.where]
        parts.append(f"## {pane.capitalize()}\n\n{table(own)}")
    anywhere = [action for action in ACTIONS if not action.where]
    parts.append(f"## Everywhere\n\n{table(anywhere)}")
    return "\n".join(parts)


def table(actions: Sequence[Action]) -> str:
    rows = "".join(map(row, actions))
    return f"| key | does | id | command |\n|---|---|---|---|\n{rows}"


def row(action: Action) -> str:
    keys = " ".join(f"`{shown(parse_keys(text))}`" for text in action.keys)
    command = f"`{action.command}`" if action.command else ""
    return f"| {keys} | {action.does} | `{action.id}` | {command} |\n"


if __name__ == "__main__":
    Path(__file__).with_name("keys.md").write_text(page())
