"""Events to bytes and back: the type's name in a column, its fields as JSON."""

from __future__ import annotations

import msgspec

from engine.machine.events import AnyEvent

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode(event: AnyEvent) -> tuple[str, bytes]:
    """The event's type and its JSON, tagged, so that either can be read alone."""
    return type(event).__name__, _encoder.encode(event)


def decode(data: bytes) -> AnyEvent:
    """The event these bytes say. Raises msgspec.ValidationError for others."""
    return _decoder.decode(data)
