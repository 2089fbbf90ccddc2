"""What is wrong where a template can't be read at all, in words that help."""

from __future__ import annotations

import re

TAGS = "known: for, if, set, with"

# Read as: where Jinja says this, we say that; $1 is what stood in its first group.
WORDS = (
    (r"unexpected end .* expected 'end of print", "a `{{` is never closed; write `}}`"),
    (r"unexpected end .* expected 'end of stat", "a `{%` is never closed; write `%}`"),
    (r"unexpected end .* expected ','", "a bracket is never closed"),
    (r"unexpected end .* expected '(.+)'", "$1 is missing at the end"),
    (r"unexpected 'end of template'", "a value is missing at the end"),
    (r"(?:Expected .* got|unexpected) '(end of .+)'", "a value is missing before $1"),
    (r"expected token 'end of .*', got '='", "`=` can't follow here; `==` compares"),
    (
        r"expected token '(end of .+)', got '(.+)'",
        "$2 follows a whole expression; a sign before it is missing, or $1",
    ),
    (r"expected token 'name', got '\|'", "`||` means nothing; write `or`"),
    (r"expected token '(.+)', got '(.+)'", "$1 is missing before $2"),
    (r"unexpected char (?:\"'\"|'\"')", "a quote is never closed"),
    (r"unexpected char '&'", "`&` means nothing; write `and`"),
    (r"unexpected char '!'", "`!` means nothing; write `not`, or `!=`"),
    (r"unexpected char '\?'", "`?` means nothing; write `this if condition else that`"),
    (r"unexpected char '(.+)' at", "$1 can't stand here; put text in quotes"),
    (r"unexpected '(.+)', expected '(.+)'", "$2 is missing before $1"),
    (r"unexpected '}'", "`}` closes nothing here; `}}` or `%}` does"),
    (r"unexpected '(.+)'", "$1 can't stand here"),
    (
        r"Encountered unknown tag '(?P<tag>end\w+|el\w+)'.*closed is '(?P<open>.+)'",
        "`{% $tag %}` does not belong to the `{% $open %}` that is open here",
    ),
    (
        r"Encountered unknown tag '(?P<tag>end\w+|el\w+)'",
        "`{% $tag %}` belongs to nothing before it",
    ),
    (
        r"Encountered unknown tag '(?P<tag>.+?)'",
        f"there is no `{{% $tag %}}`; {TAGS}",
    ),
    (
        r"Unexpected end .*closed is '(?P<open>.+)'",
        "`{% $open %}` is never closed; write `{% end$open %}`",
    ),
    (r"tag name expected", f"`{{%` is followed by no tag; {TAGS}"),
    (r"can't assign to", "only a name can be set"),
    (r"expected name or number", "a name is missing after the `.`"),
    (r"Missing end of comment tag", "a `{#` is never closed; write `#}`"),
    (r"Missing end of raw", "`{% raw %}` is never closed; write `{% endraw %}`"),
    (r"You cannot chain", "`is` stands here twice; join two tests with `and`"),
    (r"invalid syntax for function call", "in a call, what has a name comes last"),
)
SIGNS = {
    "end of print statement": "`}}`",
    "end of statement block": "`%}`",
    "end of template": "the end",
    "string": "a text",
    "integer": "a number",
    "float": "a number",
    "name": "a name",
}


def in_words(message: str) -> str:
    """What Jinja says of a text that is no template, for whoever wrote it."""
    for said, words in WORDS:
        if found := re.match(said, message, re.DOTALL):
            return re.sub(r"\$(\w+)", lambda name: _part(found, name[1]), words)
    return f"this is no template ({message})"


def _part(found: re.Match[str], name: str) -> str:
    """A sign that stood there, or the name of a tag as it is."""
    if name.isdigit():
        word = found[int(name)]
        return SIGNS.get(word, f"`{word}`")
    return found[name]
