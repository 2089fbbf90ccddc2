"""Calls one function of a workspace and writes down what it returns, as JSON.

Run as a program by itself, possibly by another Python than Weir's: it knows nothing but
the standard library. `calling.py FOLDER MODULE:FUNCTION RESULT CODE`, arguments on
standard input; what the function prints is its own. CODE is given the files of the
folder that were loaded for it, each with its SHA-256.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import inspect
import json
import os
import sys
import types

MOST = 50  # files, the first that were loaded: the module's own before what it uses


def call(folder: str, target: str, result: str, code: str) -> None:
    module, _, name = target.partition(":")
    given = json.load(sys.stdin)
    sys.path[0] = folder  # instead of this program's own
    function = getattr(importlib.import_module(module), name)
    files = loaded(folder, {})  # now: what is saved while it works is not what it ran
    value = function(**given)
    if inspect.iscoroutine(value):
        value = asyncio.run(value)
    write(result, json.dumps(value, allow_nan=False))
    write(code, json.dumps(loaded(folder, files)))


def loaded(folder: str, known: dict[str, str]) -> dict[str, str]:
    """The files of the folder that hold loaded modules, with those that are known."""
    root = os.path.realpath(folder)
    files = dict(known)
    modules = [m for m in sys.modules.values() if isinstance(m, types.ModuleType)]
    for module in modules:
        path = os.path.realpath(vars(module).get("__file__") or "")
        relative = os.path.relpath(path, root)
        new = relative not in files and len(files) < MOST
        if new and is_ours(relative, path) and os.path.isfile(path):  # noqa: PTH113
            with open(path, "rb") as file:  # noqa: PTH123
                files[relative] = hashlib.sha256(file.read()).hexdigest()
    return files


def is_ours(relative: str, path: str) -> bool:
    """Whether a file of the folder is neither hidden nor of a Python kept there."""
    hidden = f"{os.sep}." in f"{os.sep}{relative}"
    return not hidden and not path.startswith(os.path.realpath(sys.prefix) + os.sep)


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)


if __name__ == "__main__":
    call(*sys.argv[1:])
