"""Making up a text that matches a regular expression of the everyday kind.

Knows literals, classes, groups, alternatives and repetition. Look-arounds and back
references it does not; whoever asks looks whether the text fits.
"""

from __future__ import annotations

import string
from random import Random

PRINTABLE = string.ascii_letters + string.digits + " -_.,:;/+*?!@#$%&()=<>"
WORD = string.ascii_lowercase + string.digits + "_"
CLASSES = {
    "d": string.digits,
    "w": WORD,
    "s": " ",
    "D": "".join(c for c in PRINTABLE if not c.isdigit()),
    "W": "".join(c for c in PRINTABLE if not (c.isalnum() or c == "_")),
    "S": PRINTABLE.replace(" ", ""),
}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
ANY = string.ascii_lowercase
MANY = 3  # repetitions more than needed
LONGEST = 2000  # characters, about


def matching(pattern: str, random: Random) -> str:
    """A text the pattern probably matches."""
    return Maker(pattern, random).alternatives()


class Maker:
    """Reads a pattern once, from left to right, and writes as it reads."""

    def __init__(self, pattern: str, random: Random) -> None:
        self.pattern = pattern
        self.random = random
        self.at = 0

    def alternatives(self) -> str:
        """One of `a|b|c`, up to the end or the closing bracket."""
        found = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            found.append(self.sequence())
        return self.random.choice(found)

    def sequence(self) -> str:
        made = ""
        while self.peek() not in ("", "|", ")"):
            begun = self.at
            text = self.atom()
            least, most = self.repetition()
            after = self.at
            count = self.random.randint(least, most)
            made += text if count else ""
            for _ in range(count - 1):
                if len(made) > LONGEST:
                    break
                self.at = begun
                made += self.atom()
            self.at = after
        return made

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        self.at += 1
        return self.pattern[self.at - 1 : self.at]

    def atom(self) -> str:
        match self.take():
            case "^" | "$":
                return ""
            case ".":
                return self.random.choice(ANY)
            case "(":
                return self.group()
            case "[":
                return self.random.choice(self.members() or " ")
            case "\\":
                return self.escape()
            case plain:
                return plain

    def group(self) -> str:
        if self.peek() == "?":
            self.at += 1
            if self.take() in "P<":
                self.at = self.pattern.find(">", self.at) + 1 or len(self.pattern)
        made = self.alternatives()
        self.at += 1
        return made

    def escape(self) -> str:
        letter = self.take()
        if letter in "AbBzZ":
            return ""
        if letter in CLASSES:
            return self.random.choice(CLASSES[letter])
        return ESCAPES.get(letter, letter)

    def members(self) -> str:
        """The characters of `[a-z_]`, or those that `[^…]` leaves."""
        inverted = self.peek() == "^"
        self.at += inverted
        found = ""
        first = True
        while self.peek() and (first or self.peek() != "]"):
            first = False
            found += self.member()
        self.at += 1
        return "".join(c for c in PRINTABLE if c not in found) if inverted else found

    def member(self) -> str:
        letter = self.take()
        if letter == "\\":
            letter = self.take()
            if letter in CLASSES:
                return CLASSES[letter]
            letter = ESCAPES.get(letter, letter)
        if self.peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in (
            "",
            "]",
        ):
            self.at += 1
            last = self.take()
            return "".join(
                map(chr, range(ord(letter), min(ord(last), ord(letter) + 200) + 1))
            )
        return letter

    def repetition(self) -> tuple[int, int]:
        """How often the atom before stands: least and most."""
        sign = self.peek()
        simple = {"?": (0, 1), "*": (0, MANY), "+": (1, 1 + MANY)}
        if sign in simple:
            self.at += 1
            found = simple[sign]
        elif sign == "{" and self._counts():
            found = self._braces()
        else:
            return 1, 1
        if self.peek() in ("?", "+"):
            self.at += 1
        return found

    def _counts(self) -> bool:
        inside = self.pattern[self.at + 1 :].partition("}")[0]
        return inside.replace(",", "", 1).isdigit()

    def _braces(self) -> tuple[int, int]:
        inside = self.pattern[self.at + 1 :].partition("}")[0]
        self.at += len(inside) + 2
        low, comma, high = inside.partition(",")
        least = min(int(low or 0), 1000)
        return least, min(int(high), 1000) if high else least + (MANY if comma else 0)
