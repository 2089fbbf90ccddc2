"""Facts about addresses: one with a key is named and not written, and told nowhere."""

from __future__ import annotations

import pytest

from engine.errors import WeirError
from engine.notify_settings import Notify
from engine.notifying.address import address_of, hiding
from engine.workspace import Config

TOKENS = "slack://TokenAlpha/TokenBeta1/TokenGamma"


def config(told: str) -> Config:
    secrets = {"slack": "env:WEIR_TEST_SLACK"}
    return Config(secrets=secrets, notify=Notify(targets={"ops": told}))


@pytest.mark.parametrize("told", ["secret:slack", "env:WEIR_TEST_SLACK"])
def test_an_address_is_found_where_weir_toml_says(
    told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WeirError, match="WEIR_TEST_SLACK"):
        address_of(config(told), "ops")
    monkeypatch.setenv("WEIR_TEST_SLACK", TOKENS)
    assert address_of(config(told), "ops") == TOKENS


@pytest.mark.parametrize(
    "told", ["ntfy://ntfy.sh/weir", "jsons://example.com/x", "mailto://host?to=a@b.c"]
)
def test_an_address_without_a_key_may_stand_in_weir_toml(told: str) -> None:
    assert address_of(config(told), "ops") == told


@pytest.mark.parametrize(
    "told", [TOKENS, "ntfy://ana:password@host/x", "tgram://1/2", "no address", ""]
)
def test_any_other_does_not_belong_into_a_file(told: str) -> None:
    with pytest.raises(WeirError, match="does not belong into a file"):
        address_of(config(told), "ops")


def test_no_part_of_a_hidden_address_is_told() -> None:
    hidden = hiding(config("secret:slack"), "ops", TOKENS)
    said = hidden.cut("POST /services/TokenAlpha/TokenBeta1/TokenGamma failed")
    assert "Token" not in said
    assert said.endswith("failed")
