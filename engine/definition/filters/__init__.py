"""The filters, tests, methods and signs of templates, each bounded in what it makes.

table      the tables, and what a call is charged
text       filters that make text
numbers    filters for numbers, money and dates
lists      filters for lists and objects
checks     tests
signs      + - * / // % **
machinery  what stands in for loops, paths, slices and ~
"""

from engine.definition.filters import checks, lists, numbers, text
from engine.definition.filters.machinery import MACHINERY as MACHINERY
from engine.definition.filters.signs import arithmetic as arithmetic
from engine.definition.filters.table import FILTERS as FILTERS
from engine.definition.filters.table import METHODS as METHODS
from engine.definition.filters.table import TESTS as TESTS

# Importing these fills the tables.
FILLED_BY = (text, numbers, lists, checks)
