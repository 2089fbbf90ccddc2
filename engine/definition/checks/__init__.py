"""What a file says beyond its shape: does it fit together, and with the others?

`flow` looks at where steps lead, `texts` finds the templates, `names` knows what they
can read, `context` looks at where data comes from, `used` at the definitions a file
names, and `unattended` at what flows into the world without a person.
"""
