"""The workbench in a browser: a door, a page, and a process for each window."""
