"""Making definitions of what other programs have."""
