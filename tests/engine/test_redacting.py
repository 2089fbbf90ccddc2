"""Nothing of a secret is written, in whatever form and pieces it comes."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

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
)


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_known_in_every_form(form: str) -> None:
    assert KNOWN.text(f"a {form} b") == "a ‹secret jira› b"


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
    log("out", KEY[4:])
    assert written[-1] == ("out", "‹secret jira›")


def test_without_secrets_everything_passes_as_it_is() -> None:
    nothing = Redaction({})
    value = {"a": [KEY]}
    assert nothing.data(value) is value
    done = Done(value)
    assert nothing.outcome(done) is done
