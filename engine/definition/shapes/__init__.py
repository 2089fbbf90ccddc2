"""The shapes a file may have: each reads a value, and says itself as JSON Schema.

`basic` has texts and numbers, `compound` lists and alternatives, `mapping` mappings
with known keys; the other modules say, with those, what stands in a field, a step, a
gate, a context source and a file.
"""
