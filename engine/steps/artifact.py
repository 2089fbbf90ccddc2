"""A step that writes a document, kept in the store by the digest of its bytes."""

from __future__ import annotations

import asyncio
from email import policy
from email.errors import HeaderParseError
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from engine.definition.kinds import Artifact, Section
from engine.definition.render import evaluate, render, render_value
from engine.steps.missing import body_of
from engine.steps.rendered_from import data_of, front_matter
from engine.steps.work import Done, Work, failed
from store import blobs
from store.errors import StoreError

Json = Any
Scope = dict[str, Json]

LONGEST_LINE = 998  # of a message, by RFC 5322


async def perform(work: Work, do: Artifact) -> Done:
    output, data, source = made(work, do)
    folder = work.workspace.folder
    try:
        await asyncio.to_thread(keep, folder, source, data)
    except StoreError as error:
        raise failed("internal", str(error), retryable=True) from error
    path = str(blobs.path(folder, output["sha256"]))
    return Done({**output, "path": path}, artifact=True)


def keep(folder: Path, *data: bytes) -> None:
    for each in data:
        blobs.put(folder, each)


def made(work: Work, do: Artifact) -> tuple[dict[str, Json], bytes, bytes]:
    """What the step leaves but for its path; the document, and what it was made of."""
    body = complete(do, body_of(do, work.workflow))
    title = render(body.title, work.scope).strip() or work.step.title or work.step.id
    source = data_of(body, work.scope)
    digest = sha256(source).hexdigest()
    data = document(body, title, work.scope)
    if body.front_matter:
        data = front_matter(work, " ".join(title.split()), digest).encode() + data
    output = {
        "title": " ".join(title.split()),
        "form": body.form,
        "sha256": sha256(data).hexdigest(),
        "text": data.decode(),
        "size": len(data),
        "data": digest,
    }
    return output, data, source


def complete(do: Artifact, body: Artifact) -> Artifact:
    """The template's document; the step may say another title or receiver."""
    return msgspec.structs.replace(
        body, title=do.title or body.title, to=do.to or body.to
    )


def document(body: Artifact, title: str, scope: Scope) -> bytes:
    """The bytes of the document, in the form it asks for."""
    box = "- [ ] " if body.form == "checklist" else "- "
    parts = [p for section in body.sections if (p := part(section, box, scope))]
    if body.form == "email":
        return email(render(body.to, scope).strip(), title, "\n\n".join(parts))
    heading = f"# {' '.join(title.split())}"
    return ("\n\n".join([heading, *parts]) + "\n").encode()


def part(section: Section, box: str, scope: Scope) -> str:
    """A section as Markdown; empty when its `when` is false."""
    if section.when is not None and not evaluate(section.when, scope):
        return ""
    heading = " ".join(render(section.heading, scope).split())
    items = "\n".join(box + item for item in items_of(section, scope))
    pieces = [f"## {heading}" if heading else "", render(section.text, scope), items]
    return "\n\n".join(piece.strip() for piece in pieces if piece.strip())


def items_of(section: Section, scope: Scope) -> list[str]:
    """The items, one line each. One that is a single `{{ list }}` stands for many."""
    found: list[str] = []
    for item in section.items:
        value = render_value(item, scope)
        many = value if isinstance(value, list) else [value]
        found += [" ".join(str(one).split()) for one in many if one not in (None, "")]
    return found


def email(to: str, subject: str, text: str) -> bytes:
    """A message of RFC 5322, the same bytes for the same text."""
    message = EmailMessage(policy.default.clone(utf8=True))
    if to:
        message["To"] = addresses(one_line("to", to))
    message["Subject"] = one_line("title", subject)
    long = any(len(line.encode()) > LONGEST_LINE for line in text.splitlines())
    message.set_content(text + "\n", cte="quoted-printable" if long else "8bit")
    return message.as_bytes()


def one_line(name: str, value: str) -> str:
    """The value, unless it would end its header and begin another."""
    if any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise failed("output", f"the e-mail's {name} has a control character in it")
    return value


def addresses(to: str) -> str:
    try:
        found = AddressHeader.value_parser(to).all_mailboxes
        good = [box for box in found if box.local_part and box.domain]
    except (HeaderParseError, IndexError, AttributeError):  # its parser trips on some
        found, good = [], []
    if not found or len(good) < len(found):
        raise failed("output", f"{to!r} is not an e-mail address")
    return to
