"""Where a prompt's data comes from: databases, files, programs, servers, expressions.

build      the whole context, in the order of the file
lookup     a dotted name in what a template may read
"""
