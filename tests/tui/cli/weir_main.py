"""`weir`, as a script for a terminal of a test's own."""

from tui.cli import main

main()
