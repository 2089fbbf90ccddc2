"""Trying a workflow: what a run of it would do, with answers that a file gives."""
