"""What is remembered: one database a workspace, and the only code that knows it."""
