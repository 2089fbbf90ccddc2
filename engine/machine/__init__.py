"""What may happen to a run. Pure: time and ids arrive in commands."""
