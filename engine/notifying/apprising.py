"""One message, sent by Apprise: a program of its own, which may hang or be ended.

It reads the address and the message as JSON from standard input, and writes what became
of it to standard output: sent, failed (it has surely not arrived), unknown, or unfit
(of an address that Apprise can't do anything with).
"""

from __future__ import annotations

import json
import logging
import re
import sys

PATIENCE = 15.0  # seconds that a server gets to answer
# With these a connection has not come about, or the server has said no.
SURELY_NOT = re.compile(
    r"refused|Failed to establish|NewConnectionError|ConnectTimeout|NameResolution"
    r"|not known|No route|unreachable|certificate|SSLError|\(\d{3}, ",
    re.IGNORECASE,
)
TROUBLE = "Socket Exception: "  # how all of its services begin what has gone wrong
LONGEST = 300  # characters of a reason


class Heard(logging.Handler):
    """What Apprise says while it sends."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.warnings: list[str] = []
        self.trouble = ""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            self.warnings.append(text)
        elif text.startswith(TROUBLE):
            self.trouble = text.removeprefix(TROUBLE)

    @property
    def why(self) -> str:
        said = " ".join(self.warnings) or "it was not accepted"
        # The innermost of what went wrong stands last, in brackets and quotes.
        inner = self.trouble.rpartition(": ")[2].strip("()'\"")
        return f"{said} {inner}".strip()[:LONGEST]


def send(address: str, title: str, body: str) -> tuple[str, str]:
    """What became of it, and why it did not arrive."""
    import apprise

    # No redirects: they would carry a key to another host. No pictures from elsewhere.
    asset = apprise.AppriseAsset(
        app_id="Weir",
        app_desc="Weir",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        storage_mode="memory",
    )
    heard = Heard()
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(heard)
    service = apprise.Apprise.instantiate(address, asset=asset)
    if service is None:
        return "unfit", heard.why
    service.retry = 0
    service.socket_read_timeout = PATIENCE
    service.overflow_mode = apprise.OverflowMode.TRUNCATE
    if service.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
        return "sent", ""
    if len(service) > 1 or (heard.trouble and not SURELY_NOT.search(heard.trouble)):
        return "unknown", heard.why
    return "failed", heard.why


def main() -> None:
    asked = json.load(sys.stdin)
    end, why = send(asked["address"], asked["title"], asked["body"])
    json.dump({"end": end, "why": why}, sys.stdout)


if __name__ == "__main__":
    main()
