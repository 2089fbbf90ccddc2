"""Documents in other forms, whatever someone has written into them."""

from __future__ import annotations

import email
import email.policy

import pytest

from engine.steps.artifact import email as written
from store.records import ArtifactRecord
from tui.documents import in_form, page, plain, to_html

HOSTILE = """# Notes <script>alert(1)</script>

- [ ] *Cells* [here](javascript:alert(1)) and [there](https://example.com/a?b=1&c)
- [x] ![picture](https://example.com/x.png) [mail](mailto:a@example.com) [f](file:///etc)

<img src=x onerror=alert(1)> & "quotes"

| a | b |
|---|---|
| 1 | <b>2</b> |
"""


def record(form: str = "report", title: str = "Notes") -> ArtifactRecord:
    return ArtifactRecord(
        run="r1",
        path="notes",
        name="notes",
        title=title,
        form=form,
        digest="0" * 64,
        size=1,
        created_at=0.0,
    )


def test_a_page_shows_what_was_written_and_runs_none_of_it() -> None:
    made = in_form(record(title='A "title" <b>'), HOSTILE.encode(), "html").decode()
    for forbidden in ("<script", "<img", 'javascript:alert(1)"', "<b>2", 'href="file'):
        assert forbidden not in made
    for kept in (
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&lt;img src=x onerror=alert(1)&gt;",
        '<a href="https://example.com/a?b=1&amp;c">there</a>',
        '<a href="mailto:a@example.com">mail</a>',
        "<td>&lt;b&gt;2&lt;/b&gt;</td>",
        "☐ <em>Cells</em>",
        "☑ ",
        "default-src 'none'",
        "<title>A &quot;title&quot; &lt;b&gt;</title>",
    ):
        assert kept in made, kept


def test_plain_text_is_eighty_columns_wide_and_leaves_nothing_out() -> None:
    long = "- [ ] " + "word " * 40
    text = f"# Notes\n\n{long}\n\n```\n{'x' * 100}\n```\n{HOSTILE}"
    made = plain(text)
    assert made.startswith("Notes\n=====\n\n- ☐ word")
    lines = made.splitlines()
    assert "    word word" in made, "what goes on stands under what it belongs to"
    assert all(len(line) <= 80 for line in lines if line.startswith(("- ☐ word", " ")))
    assert "x" * 100 in lines
    for word in HOSTILE.replace("[ ]", "").replace("[x]", "").split():
        assert word.strip("#|-") in made


def test_a_message_opens_in_a_mail_program() -> None:
    data = written("ana@example.com", "Grüße", "Dear Ana,\n<b>all</b> is well.")
    assert in_form(record("email"), data, "eml") == data
    text = in_form(record("email"), data, "text").decode()
    assert text.startswith("To: ana@example.com\nSubject: Grüße\n\nDear Ana,")
    made = in_form(record("email"), data, "html").decode()
    assert "<dd>Grüße</dd>" in made
    assert "&lt;b&gt;all&lt;/b&gt; is well." in made


def test_any_other_document_becomes_a_message_in_two_forms() -> None:
    title = "Notes\r\nBcc: eve@example.com"
    data = in_form(record(title=title), HOSTILE.encode(), "eml")
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert message["Subject"] == "Notes Bcc: eve@example.com"
    assert message["Bcc"] is None
    kinds = [part.get_content_type() for part in message.iter_parts()]  # type: ignore[attr-defined]
    assert kinds == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a ~~b~~", "<p>a <s>b</s></p>\n"),
        ("<!-- c -->", "<p>&lt;!-- c --&gt;</p>\n"),
        ("[x](JavaScript:y)", "<p>[x](JavaScript:y)</p>\n"),
        ("[x](//example.com)", "<p>[x](//example.com)</p>\n"),
        ("1. one", "<ol>\n<li>one</li>\n</ol>\n"),
    ],
)
def test_markdown_is_what_it_says(text: str, html: str) -> None:
    assert to_html(text) == html


def test_a_page_is_whole() -> None:
    assert page("T", "B").startswith(
        '<!doctype html>\n<html><head><meta charset="utf-8">'
    )
    assert page("T", "B").endswith("</body></html>\n")


def test_front_matter_is_a_list_above_a_page_and_lines_above_a_text() -> None:
    data = b"---\ntitle: '<b>Note'\nrun: r1\n---\n\n# Note\n\n- [ ] one\n"
    shown = in_form(record(), data, "html").decode()
    assert "<dt>title:</dt><dd>&#x27;&lt;b&gt;Note&#x27;</dd>" in shown
    assert "<h1>Note</h1>" in shown
    text = in_form(record(), data, "text").decode()
    assert text.startswith("title: '<b>Note'\nrun: r1\n\nNote\n====\n")
    assert in_form(record(), data, "markdown") == data
