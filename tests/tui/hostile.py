"""Texts that would act on a terminal."""

from __future__ import annotations

PAYLOADS: dict[str, str] = {
    "clipboard": "\x1b]52;c;cm0gLXJmIH4=\x07",
    "clipboard-st": "\x1b]52;c;cm0gLXJmIH4=\x1b\\",
    "hyperlink": "\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\",
    "title": "\x1b]0;owned\x07",
    "wipe": "\x1b[2J\x1b[3J",
    "fake-box": "\x1b[77;777H\x1b[8m",
    "report": "\x1b[6n\x1b[5n",
    "passthrough": "\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\",
    "graphics": "\x1b_Gf=32;AAAA\x1b\\",
    "c1": "\x9b2J\x9d0;x\x9c\x90q\x9c\x85",
    "shift": "\x0e\x0f\x00",
    "bidi": "\u202egnp.\u202c\u2066x\u2069\u200f",
    "paste-end": "\x1b[201~rm -rf ~\r",
    "delete": "abc\x7f\x7f\x08\x08",
    "return": "shown\rhidden",
    "bell-feeds": "\x07\x0b\x0c",
    "surrogate": "a\ud800b\udfffc",
    "tags": "\U000e0041\U000e0042\u2028\u2029\ufff9\ufffb",
}
