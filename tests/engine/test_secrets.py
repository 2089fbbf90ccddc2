"""Where secrets are looked for, and what is said of those that are not there."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from engine import hidden
from engine.errors import WeirError
from engine.extras import how_to_add
from engine.hidden import Place, keep, place_of
from engine.redacting import Redaction
from engine.secrets import all_known, found_in, why_missing
from engine.workspace import Config, ProviderConfig


class Ring(ModuleType):
    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        if name == "locked":
            raise RuntimeError("the ring is locked")
        self.kept[service, name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    ring = Ring()
    monkeypatch.setitem(sys.modules, "keyring", ring)
    return ring


def test_a_place_is_a_variable_or_a_name_in_the_keyring() -> None:
    assert place_of("a", "env:TOKEN") == Place("TOKEN")
    assert place_of("a", "keyring:weir/slack") == Place("slack", "weir")
    for wrong in ("abc123", "env:", "keyring:weir", "keyring:/x"):
        with pytest.raises(WeirError, match="does not belong into a file"):
            place_of("a", wrong)


def test_what_is_in_the_keyring_is_found_kept_and_taken_out(ring: Ring) -> None:
    config = Config(secrets={"slack": "keyring:weir/slack", "none": "keyring:weir/no"})
    keep(Place("slack", "weir"), "a-token-of-slack")
    assert found_in(config) == {"slack": "a-token-of-slack"}
    assert "`weir secret set none`" in why_missing(config, "none")
    keep(Place("slack", "weir"), None)
    assert found_in(config) == {}
    with pytest.raises(WeirError, match="refused: the ring is locked"):
        keep(Place("locked", "weir"), "x")


def test_a_keyring_that_does_not_open_takes_nothing_else_with_it(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shut(service: str, name: str) -> str | None:
        raise RuntimeError("no backend is there")

    monkeypatch.setattr(ring, "get_password", shut)
    monkeypatch.setenv("JIRA_TOKEN", "a-token-of-jira")
    config = Config(secrets={"slack": "keyring:weir/slack", "jira": "env:JIRA_TOKEN"})
    assert found_in(config) == {"jira": "a-token-of-jira"}
    said = "the keyring does not open: no backend is there"
    assert why_missing(config, "slack") == said


def test_without_the_package_it_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(hidden, "import_module", gone)
    config = Config(secrets={"slack": "keyring:weir/slack"})
    assert how_to_add("keyring") in why_missing(config, "slack")
    assert found_in(config) == {}, "and the others are found all the same"


def test_keys_and_passwords_are_never_written_down_either(
    monkeypatch: pytest.MonkeyPatch, ring: Ring
) -> None:
    ring.kept["weir", "hr"] = "postgresql://bo:his-password@db/hr"
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-openai")
    monkeypatch.setenv("HOUSE", "a-key-of-the-house")
    monkeypatch.setenv("CRM_URL", "postgresql://ana:her%40password@db/crm")
    config = Config(
        providers={"house": ProviderConfig(base_url="http://x", api_key="env:HOUSE")},
        databases={"crm": "env:CRM_URL", "hr": "keyring:weir/hr", "file": "crm.db"},
    )
    known = {*all_known(config).values()}
    passwords = {"her%40password", "her@password", "his-password"}
    assert {"a-key-of-openai", "a-key-of-the-house"} | passwords <= known


def test_a_key_that_two_providers_share_is_told_of_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOUSE", "a-key-of-the-house")
    table = ProviderConfig(base_url="http://x", api_key="env:HOUSE")
    known = all_known(Config(providers={"house": table, "garden": table}))
    assert known["key of house and garden"] == "a-key-of-the-house"
    assert Redaction(known).text("no a-key-of-the-house") == (
        "no ‹secret key of house and garden›"
    )


def test_a_secret_that_weir_toml_does_not_name_is_told_so() -> None:
    assert why_missing(Config(), "x") == "name x under [secrets] in weir.toml"
