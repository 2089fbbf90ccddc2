"""Where a prompt's data comes from: databases, files, programs, servers, expressions.

build      the context, or some names of it, in the order of the file
ahead      whether what is put off will be there
lookup     a dotted name in what a template may read
"""
