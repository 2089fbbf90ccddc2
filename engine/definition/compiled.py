"""The compiled form of a definition: what `version.compiled` holds."""

from __future__ import annotations

import msgspec

from engine.definition.model import Definition

# The compiled form of a version is read again only by the format that wrote it.
FORMAT = 3

_decoder: msgspec.json.Decoder[Definition] = msgspec.json.Decoder(Definition)


def encode(definition: Definition) -> bytes:
    return msgspec.json.encode(definition)


def decode(data: bytes) -> Definition:
    """Raises msgspec.ValidationError for what another format wrote."""
    return _decoder.decode(data)
