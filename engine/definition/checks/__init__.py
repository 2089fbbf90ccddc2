"""What a file says beyond its shape: does it fit together, and with the others?

`flow` looks at where steps lead, `texts` finds the templates, `names` knows what they
can read, and `used` looks at the definitions a file names.
"""
