"""A session of the workbench kept as a script of `weir` commands that does the same."""
