"""The runner as a process of its own: `python -m engine WORKSPACE`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from engine.runner import serve

if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(serve(Path(sys.argv[1])))
