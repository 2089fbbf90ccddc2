"""What is wrong where YAML can't be read at all, in words that help."""

from __future__ import annotations

import re

import yaml

from engine.definition.model import Problem

STARTS_TEMPLATE = re.compile(r"(^|[:\-,\[])\s+\{\{|^\s*\{\{")


def syntax_problem(path: str, lines: list[str], error: yaml.MarkedYAMLError) -> Problem:
    """The parser's error as a problem. Both parsers give the same one."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    text = lines[line] if line < len(lines) else ""
    opened = error.context_mark
    if opened and (found := unclosed(error)):
        return Problem(path, opened.line + 1, opened.column + 1, *found)
    message, hint = reason(error, text, column)
    return Problem(path, line + 1, column + 1, message, hint)


def unclosed(error: yaml.MarkedYAMLError) -> tuple[str, str] | None:
    """What was opened and never closed. It is told where it was opened."""
    context, problem = error.context or "", error.problem or ""
    if "scanning" in context and "quoted" in context and "end of stream" in problem:
        return "the quote that opens here is never closed", "close it"
    if "parsing a quoted" in context and "end of stream" in problem:
        return "the quote that opens here is never closed", "close it"
    if "flow sequence" in context:
        return "the list that opens here is not closed", "a `,` or `]` is missing"
    if "flow mapping" in context:
        return "the mapping that opens here is not closed", "a `,` or `}` is missing"
    return None


def reason(error: yaml.MarkedYAMLError, line: str, column: int) -> tuple[str, str]:
    problem = error.problem or ""
    here = line[column : column + 1]
    if "\t" in line[: column + 1] and not line[:column].strip():
        return "a tab can't indent YAML", "indent with spaces"
    if STARTS_TEMPLATE.search(line[: column + 1]):
        quotes = 'write "{{ … }}"'
        return "a value that begins with {{ must stand in quotes", quotes
    if "start any token" in problem:
        return f"a value can't begin with `{here}`", "put it in quotes"
    if "mapping values" in problem:
        return colon(line, column)
    if "escape" in problem or "hexdecimal" in problem or "hexadecimal" in problem:
        hint = "double the backslash, or use single quotes"
        return "this backslash is no escape that YAML knows", hint
    if "expected" in problem:
        hint = "check its indentation and the line before"
        return "this line does not fit where it stands", hint
    return f"this is not YAML ({problem})", ""


def colon(line: str, column: int) -> tuple[str, str]:
    if ": " in line[:column]:
        return "this value has a `: ` in it", "put it in quotes"
    hint = "check the indentation, or a `:` is missing in the line before"
    return "a key can't stand here", hint
