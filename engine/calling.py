"""Calls one function of a workspace and writes down what it returns, as JSON.

Run as a program by itself, possibly by another Python than Weir's: it knows nothing but
the standard library. `calling.py FOLDER MODULE:FUNCTION RESULT`, arguments on standard
input; what the function prints is its own.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys


def call(folder: str, target: str, result: str) -> None:
    module, _, name = target.partition(":")
    given = json.load(sys.stdin)
    sys.path[0] = folder  # instead of this program's own
    value = getattr(importlib.import_module(module), name)(**given)
    if inspect.iscoroutine(value):
        value = asyncio.run(value)
    text = json.dumps(value, allow_nan=False)
    with open(result, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)


if __name__ == "__main__":
    call(*sys.argv[1:])
