"""Nothing of a secret is written, in whatever form and pieces it comes."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.machine.state import Failure
from engine.redacting import Redaction
from engine.steps.work import Done

KEY = 'sk-"ä/+ 0123456789'
KNOWN = Redaction({"jira": KEY, "short": "abc", "longer": f"{KEY}-and-more"})
FORMS = (
    KEY,
    json.dumps(KEY)[1:-1],
    json.dumps(KEY, ensure_ascii=False)[1:-1],
    quote(KEY, safe=""),
    base64.b64encode(KEY.encode()).decode(),
    base64.urlsafe_b64encode(KEY.encode()).decode(),
    quote(KEY),
    quote_plus(KEY),
    re.sub("%..", lambda found: found[0].lower(), quote(KEY, safe="")),
    json.dumps(KEY)[1:-1].replace("/", "\\/"),
)
PEM = "\n".join(["-----BEGIN KEY-----", "q1w2e3r4t5z6" * 5, "p0o9i8" * 9, "-----END"])


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_known_in_every_form(form: str) -> None:
    assert KNOWN.text(f"a {form} b") == "a ‹secret jira› b"


@pytest.mark.parametrize("before", ["", "a", "ab", "ana:", "ana@example.org:"])
@pytest.mark.parametrize("after", ["", "\n", "yz", "xyz"])
def test_in_base64_it_is_known_among_other_words(before: str, after: str) -> None:
    """As `echo $T | base64` and the `user:password` of a header write it."""
    coded = base64.b64encode(f"{before}{KEY}{after}".encode()).decode()
    clean = KNOWN.text(coded)
    assert "‹secret jira›" in clean
    left = [each for each in clean.split("‹secret jira›") if each]
    assert len("".join(left)) <= (len(before) + len(after)) * 4 / 3 + 6


def test_a_secret_of_many_lines_is_known_line_by_line() -> None:
    known = Redaction({"pem": PEM})
    for width in (76, 64):
        coded = base64.b64encode(PEM.encode()).decode()
        lines = [coded[at : at + width] for at in range(0, len(coded), width)]
        assert known.text("\n".join(lines)) == "‹secret pem›"
    assert known.text(PEM.replace("\n", "\r\n")) == "‹secret pem›"
    indented = "".join(f"  {line}\n" for line in PEM.splitlines())
    mark = "  ‹secret pem›\n"
    assert known.text(indented) == f"  -----BEGIN KEY-----\n{mark}{mark}  -----END\n"


def test_the_end_of_a_line_is_no_part_of_a_secret() -> None:
    known = Redaction({"jira": "abcdef-123\n", "short": "abcde\n"})
    assert known.text("say abcdef-123 now, abcde") == "say ‹secret jira› now, abcde"


def test_the_longest_is_looked_for_first_and_short_ones_not_at_all() -> None:
    assert KNOWN.text(f"{KEY}-and-more") == "‹secret longer›"
    assert KNOWN.text("abc") == "abc"


def test_plain_data_is_clean_however_deep() -> None:
    found = KNOWN.data({"a": [KEY, {KEY: (1, None, KEY)}], "b": 2})
    mark = "‹secret jira›"
    assert found == {"a": [mark, {mark: [1, None, mark]}], "b": 2}
    done = KNOWN.outcome(Done({"stdout": KEY}))
    assert isinstance(done, Done)
    assert done.output == {"stdout": mark}
    failure = KNOWN.failure(Failure("exit", f"bad {KEY}", f"{KEY} again"))
    assert (failure.message, failure.details) == (f"bad {mark}", f"{mark} again")


def test_a_failure_that_was_made_short_tells_no_beginning_of_a_secret() -> None:
    failure = KNOWN.failure(Failure("exit", f"bad {KEY[:-2]}", f"{KEY} {KEY}"))
    assert failure.message == "bad …"
    assert failure.details == "‹secret jira› ‹secret jira›"
    assert KNOWN.failure(Failure("exit", "mask")).message == "mask"


PIECES = st.lists(st.sampled_from([*KEY, "x", " ", KEY[:5], KEY[5:], KEY, "\n"]))


@given(PIECES)
def test_a_log_is_clean_however_the_words_are_cut(pieces: list[str]) -> None:
    written: list[str] = []
    log = KNOWN.log(lambda _, text: written.append(text))
    for piece in pieces:
        log("out", piece)
    log.end()
    said = "".join(written)
    assert KEY not in said
    assert said.replace("‹secret jira›", KEY) == "".join(pieces)


def test_streams_are_not_mixed_and_what_waits_is_no_more_than_it_must() -> None:
    written: list[tuple[str, str]] = []
    log = KNOWN.log(lambda stream, text: written.append((stream, text)))
    log("out", f"plain {KEY[:4]}")
    log("err", "other")
    assert written == [("out", "plain "), ("err", "other")]
    log("out", f"{KEY[4:]} and")
    assert written[-1] == ("out", "‹secret jira› and")


def test_one_that_begins_with_another_is_waited_for() -> None:
    written: list[str] = []
    log = KNOWN.log(lambda _, text: written.append(text))
    log("out", f"a {KEY}")
    assert written == ["a "]
    log("out", "-and-more b")
    log("out", KEY)
    log.end()
    assert "".join(written) == "a ‹secret longer› b‹secret jira›"


@given(st.lists(st.sampled_from(["ab", "a", "aba", "b", "abab", "c"])))
def test_one_that_ends_as_it_begins_is_not_cut(pieces: list[str]) -> None:
    known = Redaction({"x": "ababab", "y": "abababcab"})
    written: list[str] = []
    log = known.log(lambda _, text: written.append(text))
    for piece in pieces:
        log("out", piece)
        waits = sum(map(len, log._waiting.values()))
        assert waits < 2 * len("abababcab") * 4, "it holds no more than it must"
    log.end()
    assert "".join(written) == known.text("".join(pieces))


def test_without_secrets_everything_passes_as_it_is() -> None:
    nothing = Redaction({})
    value = {"a": [KEY]}
    assert nothing.data(value) is value
    done = Done(value)
    assert nothing.outcome(done) is done


def test_a_message_is_whole_and_none_waits_for_the_next() -> None:
    heard: list[tuple[str, str]] = []
    log = KNOWN.log(lambda stream, text: heard.append((stream, text)))
    log("prompt", f"It is {KEY[:4]}")
    log("prompt", f"and {KEY}.")
    assert heard == [
        ("prompt", f"It is {KEY[:4]}"),
        ("prompt", "and ‹secret jira›."),
    ]
