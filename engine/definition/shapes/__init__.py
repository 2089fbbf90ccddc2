"""The shapes a file may have: each reads a value, and says itself as JSON Schema.

`basic` has texts, numbers and lists, `mapping` has mappings; the other modules say,
with those, what stands in a field, a step, a gate, a context source and a file.
"""
