"""A document of a run in other forms: plain text, a web page, a message.

What is in a document came from outside: a web page of it runs nothing, loads nothing,
and leads nowhere but to web pages and mail.
"""

from __future__ import annotations

import email
import email.policy
import html
import re
import textwrap
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from functools import cache
from typing import TYPE_CHECKING

from engine.machine.ticking import FORM, Item, lines_of_boxes
from store import blobs
from store.records import ArtifactRecord
from tui.text import width

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

    from engine.desk import Desk

WIDTH = 80
EMAIL = "email"
LINKS = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
HEADING = re.compile(r"(#{1,6}) +(.*?)(?: +#+)?")
CHECK = re.compile(r"^(\s*[-*+] )\[( |x|X)\] ")
LIST = re.compile(r"\s*(?:[-*+] (?:[☐☑] )?|\d{1,9}[.)] )?")
FRONT = re.compile(r"---\n(.*?)\n---\n\n?", re.DOTALL)  # of a document, above it
BOXED = '<li class="box">'
BOX = re.compile(r"(<li>\s*(?:<p>)?)\[( |x|X)\] ")
# Nothing is loaded and nothing runs, whoever wrote the text.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto;
  padding: 0 1rem; color: #1c1c1c; background: #fff }
pre, code { font-family: ui-monospace, monospace; font-size: .9em }
pre { background: #f4f4f4; padding: .75rem; overflow-x: auto; white-space: pre-wrap }
table { border-collapse: collapse }
td, th { border: 1px solid #bbb; padding: .3rem .6rem }
li.box { list-style: none; margin-left: -1.2rem }
dt { font-weight: 600; float: left; clear: left; margin-right: .5rem }
@media (prefers-color-scheme: dark) {
  body { color: #e4e4e4; background: #161616 } pre { background: #222 } }
"""


def in_form(artifact: ArtifactRecord, data: bytes, form: str) -> bytes:
    """A document as `markdown`, `text`, `html` or `eml`."""
    return FORMS[form](artifact, data)


def with_ticks(data: bytes, items: Sequence[Item]) -> bytes:
    """A checklist as people have ticked it, whatever stood in its boxes."""
    lines = data.decode(errors="replace").split("\n")
    boxes = lines_of_boxes("\n".join(lines))
    for (number, _), item in zip(boxes, items, strict=False):
        sign = "x" if item.tick else " "
        lines[number] = CHECK.sub(rf"\g<1>[{sign}] ", lines[number], count=1)
    return "\n".join(lines).encode()


def as_markdown(artifact: ArtifactRecord, data: bytes) -> bytes:
    return words_of(artifact, data).encode()


def without_front(text: str) -> tuple[list[str], str]:
    """The lines of a document's front matter, and the text below it."""
    found = FRONT.match(text)
    return (found[1].splitlines(), text[found.end() :]) if found else ([], text)


def as_text(artifact: ArtifactRecord, data: bytes) -> bytes:
    """Plain text, at most 80 columns wide where words allow it."""
    if artifact.form == EMAIL:
        return words_of(artifact, data).encode()
    front, text = without_front(words_of(artifact, data))
    head = "".join(f"{line}\n" for line in front)
    return (f"{head}\n" * bool(front) + plain(text)).encode()


def as_html(artifact: ArtifactRecord, data: bytes) -> bytes:
    if artifact.form == EMAIL:
        message = message_of(data)
        named = [(name, str(message[name] or "")) for name in ("To", "Subject")]
        body = f"{listed(named)}<pre>{html.escape(body_of(message))}</pre>\n"
    else:
        body = whole_html(words_of(artifact, data))
    return page(artifact.title, body).encode()


def as_eml(artifact: ArtifactRecord, data: bytes) -> bytes:
    """A message that a mail program opens; of any other document one that holds it."""
    if artifact.form == EMAIL:
        return data
    message = EmailMessage(email.policy.SMTP)
    message["Subject"] = " ".join(artifact.title.split())
    message.set_content(as_text(artifact, data).decode())
    body = whole_html(words_of(artifact, data))
    message.add_alternative(page(artifact.title, body), subtype="html")
    return message.as_bytes()


FORMS: dict[str, Callable[[ArtifactRecord, bytes], bytes]] = {
    "markdown": as_markdown,
    "text": as_text,
    "html": as_html,
    "eml": as_eml,
}


def words_of(artifact: ArtifactRecord, data: bytes) -> str:
    """The text of a document; of a message its headers and its body."""
    if artifact.form != EMAIL:
        return data.decode(errors="replace")
    message = message_of(data)
    head = "".join(f"{n}: {message[n]}\n" for n in ("To", "Subject") if message[n])
    return f"{head}\n{body_of(message)}"


def words_now(desk: Desk, artifact: ArtifactRecord) -> str:
    """The text of a document; of a checklist as people have ticked it since.

    Raises StoreError for one that can't be read.
    """
    data = blobs.get(desk.workspace.folder, artifact.digest)
    if artifact.form == FORM:
        _, items = desk.checklist(artifact.run, artifact.path)
        data = with_ticks(data, items)
    return words_of(artifact, data)


def message_of(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body_of(message: EmailMessage) -> str:
    content: str = message.get_content()
    return content


def page(title: str, body: str) -> str:
    told = html.escape(" ".join(title.split()))
    return (
        "<!doctype html>\n"
        '<html><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{told}</title>\n<style>{STYLE}</style></head>\n"
        f"<body>\n{body}</body></html>\n"
    )


def whole_html(text: str) -> str:
    """A document as HTML, its front matter as a list above it."""
    front, text = without_front(text)
    lines = [line.partition(": ") for line in front]
    return listed([(name, value) for name, _, value in lines]) + to_html(text)


def listed(named: list[tuple[str, str]]) -> str:
    said = "".join(
        f"<dt>{html.escape(name)}:</dt><dd>{html.escape(value)}</dd>"
        for name, value in named
    )
    return f"<dl>{said}</dl>\n" if said else ""


def to_html(text: str) -> str:
    """Markdown as HTML. HTML in it is text, and pictures are their words."""
    rendered: str = markdown().render(text)
    return BOX.sub(boxed, rendered)


def boxed(found: re.Match[str]) -> str:
    return f"{found[1].replace('<li>', BOXED)}{mark(found[2])} "


def mark(sign: str) -> str:
    return "☐" if sign == " " else "☑"


@cache
def markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False})
    reader.enable(["table", "strikethrough"])
    reader.disable(["image", "html_block", "html_inline"])
    reader.validateLink = lambda url: LINKS.match(url) is not None  # type: ignore[method-assign]
    return reader


def plain(text: str) -> str:
    """Markdown as text to be read: headings underlined, long lines broken, and not a
    word left out. Code and tables stay as they are."""
    lines: list[str] = []
    in_code = False
    for line in text.splitlines():
        in_code ^= line.lstrip().startswith(("```", "~~~"))
        lines += [line] if in_code or line.lstrip().startswith("|") else shaped(line)
    return "\n".join(lines) + "\n"


def shaped(line: str) -> list[str]:
    if heading := HEADING.fullmatch(line):
        under = "=" if len(heading[1]) == 1 else "-"
        return [heading[2], under * min(width(heading[2]), WIDTH)]
    line = CHECK.sub(lambda found: f"{found[1]}{mark(found[2])} ", line)
    indent = " " * len(LIST.match(line)[0])  # type: ignore[index]
    return textwrap.wrap(
        line,
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
