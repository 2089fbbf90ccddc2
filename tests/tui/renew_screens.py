"""Writes anew how the screens look; what differs is for a person to read and commit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).with_name("test_screens.py")

if __name__ == "__main__":
    pytest = [
        sys.executable,
        "-m",
        "pytest",
        str(TESTS),
        "--snapshot-update",
        *sys.argv[1:],
    ]
    sys.exit(subprocess.call(pytest, env={**os.environ, "RENEW_SCREENS": "1"}))
