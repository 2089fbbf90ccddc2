"""The `weir` command: everything the workbench can do, from any terminal or script."""

import os
import sys


def main() -> None:
    """Run `weir` on the words of the command line, and exit."""
    # Before anything of ours touches a file: what Weir writes is its person's alone.
    os.umask(0o077)
    from tui.cli.front import weir

    weir.main(sys.argv[1:], prog_name="weir")
