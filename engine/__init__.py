"""What happens: definitions, the rules of a run, and those who carry them out."""

__version__ = "0.1.0"
