"""The expressions of GitHub Actions, as expressions here.

Their `==` does not look at capitals; ours does, so that texts are compared in small
letters. What they turn into a number before they compare it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from engine.converting.carried import LeftOut

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_*][\w-]*)*)"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[<>!(),\[\]]))"
)
EQUAL = ("==", "!=")
COMPARED = (*EQUAL, "<", "<=", ">", ">=")
CONSTANTS = {
    "true": ("true", "boolean"),
    "false": ("false", "boolean"),
    "null": ("none", "nothing"),
}
SUCCESS = "success"
STATUS = (SUCCESS, "always", "failure", "cancelled")


class Value(Struct, frozen=True):
    """`kind`: string, literal (a text that is known), boolean, number, nothing, any, or
    success: what has to be true beside `success()`, which a step waits for anyway.

    `known` are texts that it may be, as far as the file says.
    """

    said: str
    kind: str = "any"
    single: bool = True  # needs no brackets inside of another
    known: tuple[str, ...] = ()

    def inside(self) -> str:
        return self.said if self.single else f"({self.said})"

    def is_text(self) -> bool:
        return self.kind in ("string", "literal")


Resolve = Callable[[tuple[str, ...]], Value]


def expression(text: str, resolve: Resolve) -> Value:
    """The expression in our words. Raises LeftOut for what can't be said in them."""
    reader = Reader(text, resolve)
    found = reader.either()
    if reader.left:
        raise LeftOut(f"says `{text.strip()}`, which can't be read")
    return found


def text_literal(text: str) -> Value:
    said = msgspec.json.encode(text).decode()
    return Value(said, "literal", known=(text,))


class Reader:
    """Reads from the left; each method is one strength of binding, weakest first."""

    def __init__(self, text: str, resolve: Resolve) -> None:
        self.text, self.resolve = text.strip(), resolve
        self.left: list[tuple[str, str]] = []
        at = 0
        while at < len(self.text):
            found = TOKEN.match(self.text, at)
            if found is None:
                raise LeftOut(f"says `{self.text}`, which can't be read")
            self.left.append((str(found.lastgroup), found[0].strip()))
            at = found.end()

    def sign(self, *signs: str) -> str:
        if self.left and self.left[0][0] == "sign" and self.left[0][1] in signs:
            return self.left.pop(0)[1]
        return ""

    def either(self) -> Value:
        return self.joined("||", "or", self.both)

    def both(self) -> Value:
        return self.joined("&&", "and", self.compared)

    def joined(self, sign: str, word: str, part: Callable[[], Value]) -> Value:
        parts = [part()]
        while self.sign(sign):
            parts.append(part())
        if len(parts) == 1:
            return parts[0]
        if word == "or":
            parts = [settled(each) for each in parts]
        kind = SUCCESS if any(each.kind == SUCCESS for each in parts) else ""
        if word == "and":
            parts = [each for each in parts if each.said != "true"] or parts[:1]
        if len(parts) == 1:
            return replace(parts[0], kind=kind or parts[0].kind)
        said = f" {word} ".join(each.inside() for each in parts)
        known = tuple(text for each in parts for text in each.known)
        return Value(said, kind or "any", single=False, known=known)

    def compared(self) -> Value:
        one = self.negated()
        while sign := self.sign(*COMPARED):
            one = compare(one, sign, self.negated())
        return one

    def negated(self) -> Value:
        if self.sign("!"):
            found = settled(self.negated())
            return Value(f"not {found.inside()}", "boolean", single=False)
        return self.one()

    def one(self) -> Value:
        if self.sign("("):
            found = self.either()
            self.require(")")
            return found
        kind, word = self.left.pop(0) if self.left else ("", "")
        match kind:
            case "text":
                return text_literal(word[1:-1].replace("''", "'"))
            case "number":
                return Value(word, "number")
            case "name" if self.sign("("):
                return self.called(word)
            case "name" if word in CONSTANTS:
                return Value(*CONSTANTS[word])
            case "name" if "*" not in word and not self.sign("["):
                return self.resolve(tuple(word.split(".")))
        raise LeftOut(f"says `{self.text}`, which can't be said here")

    def require(self, sign: str) -> None:
        if not self.sign(sign):
            raise LeftOut(f"says `{self.text}`, which lacks a `{sign}`")

    def called(self, name: str) -> Value:
        given: list[Value] = []
        while not self.sign(")"):
            given.append(self.either())
            if not self.sign(","):
                self.require(")")
                break
        if name == SUCCESS and not given:
            return Value("true", SUCCESS)
        if name in STATUS:
            raise known_at_the_end(name)
        texts = len(given) == 2 and all(each.is_text() for each in given)
        if name in ("contains", "startsWith", "endsWith") and texts:
            whole, part = (lowered(each) for each in given)
            if name == "contains":
                return Value(f"{part} in {whole}", "boolean", single=False)
            return Value(f"({whole}).{name.lower()}({part})", "boolean")
        raise LeftOut(f"calls `{name}`, which there is not here")


def settled(value: Value) -> Value:
    """The value, which asks nothing that is only waited for. Raises LeftOut."""
    if value.kind == SUCCESS:
        raise known_at_the_end(SUCCESS)
    return value


def known_at_the_end(name: str) -> LeftOut:
    return LeftOut(f"asks `{name}()`, which only what is done at the end can know")


def compare(one: Value, sign: str, other: Value) -> Value:
    kinds = {one.kind, other.kind}
    if one.is_text() and other.is_text() and sign in EQUAL:
        said = f"{lowered(one)} {sign} {lowered(other)}"
    elif kinds == {"number"} or (kinds == {"boolean"} and sign in EQUAL):
        said = f"{one.inside()} {sign} {other.inside()}"
    else:
        kinds_said = f"{one.said} ({one.kind}) {sign} {other.said} ({other.kind})"
        raise LeftOut(f"compares values of two kinds, as numbers: {kinds_said}")
    return Value(said, "boolean", single=False)


def lowered(value: Value) -> str:
    small = f"{value.inside()} | lower"
    return value.said.lower() if value.kind == "literal" else small
