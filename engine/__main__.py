"""The runner as a process of its own: `python -m engine WORKSPACE`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from engine.errors import WeirError
from engine.serve import serve
from store.database import StoreError

if __name__ == "__main__":
    os.umask(0o077)
    try:
        asyncio.run(serve(Path(sys.argv[1])))
    except (StoreError, WeirError, OSError) as error:
        sys.exit(f"weir runner {os.getpid()}: {error}")
