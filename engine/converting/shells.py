"""What a shell reads in its text: where variables stand, and where it puts none in."""

from __future__ import annotations

import re

from engine.converting.carried import LeftOut

VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(\.[^}]*)?)")
HERE_DOCUMENT = re.compile(r"(?<!<)<<(?!<)")
PLAIN_DOCUMENT = re.compile(r"(?<!<)<<-?\s*[\"'\\]")  # in which nothing is put
TEMPLATE = re.compile(r"\{(?=[{%#])")
# A value that says the same whether it is pasted or put in by a shell.
ALIKE = {
    "": re.compile(r"(?!\s*[A-Za-z_]\w*=)[\w ./:@%^+,=*?-]*"),
    '"': re.compile(r'[^$`\\"]*'),
    "'": re.compile(r"[^']*"),
}


def escaped(text: str) -> str:
    """A text that a template leaves as it is."""
    return TEMPLATE.sub('{{ "{" }}', text)


def quote_at(text: str, at: int, said: str, known: tuple[str, ...] = ()) -> str:
    """The quote in which a variable stands.

    Raises LeftOut where a shell would read `known` values, pasted there, as more than a
    value.
    """
    try:
        quote = quotes(text)[at]
    except ValueError as error:
        raise LeftOut(f"reads `{said}`, and {error}") from None
    if quote not in ALIKE:
        raise LeftOut(f"has `{said}` after a `\\`, where a shell puts nothing in")
    for value in known:
        if not ALIKE[quote].fullmatch(value):
            told = f"pasted, `{value}` would be more than a value"
            raise LeftOut(f"reads `{said}`: {told}; write it out")
    return quote


def quotes(text: str) -> list[str]:
    """For each place of a text the quote in which it stands: ', ", \\ or none.

    Raises ValueError where quotes stand beside a here-document or backticks: which of
    them count can't be told by this.
    """
    doubtful = "'" in text and ("`" in text or HERE_DOCUMENT.search(text))
    if doubtful or PLAIN_DOCUMENT.search(text):
        raise ValueError("it has a here-document, or backticks, beside quotes")
    within: list[str] = []
    found = [""] * len(text)
    at = 0
    while at < len(text):
        char, inside = text[at], within[-1] if within else ""
        found[at] = inside.strip("(")
        if inside == "'":
            if char == "'":
                within.pop()
        elif char == "\\":
            at += 1
            found[at : at + 1] = ["\\"]
        elif text.startswith("$(", at):
            within.append("(")
            at += 1
        elif char == '"':
            within.pop() if inside == '"' else within.append('"')
        elif char == ")" and inside == "(":
            within.pop()
        elif char == "'" and inside != '"':
            within.append("'")
        elif char == "#" and inside != '"' and text[at - 1 : at].strip() == "":
            end = text.find("\n", at)
            at = end if end >= 0 else len(text)
        at += 1
    return found
