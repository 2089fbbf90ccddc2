"""What a file says. Pure: text in, definitions and problems out."""
