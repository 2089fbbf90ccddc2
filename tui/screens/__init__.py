"""Screens compose widgets and pass messages; the words of one question each."""
