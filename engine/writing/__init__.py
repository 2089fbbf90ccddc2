"""Definitions written for a person: a new workflow, a step in one that is there.

What would be written is made and checked first, and is a value; writing it is another
act. The keys of the workbench and the commands of the command line call the same two.
"""
