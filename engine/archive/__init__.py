"""Runs in a file: written whole, looked through before anything of it is believed."""
