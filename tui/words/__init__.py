"""What a screen and a command tell in the same words."""
