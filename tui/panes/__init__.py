"""The five panes, one a module."""
