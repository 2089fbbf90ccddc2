"""Typed values asked for one below the other, each with what is wrong beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input, Select, Static, TextArea

from engine.definition.base import Json
from engine.definition.fields import accept
from engine.definition.typed import Field, Fields
from engine.errors import InvalidValues, WeirError
from store.database import StoreError, say
from tui.screens.confirm import Confirm
from tui.screens.grace import Grace
from tui.screens.modal import Question
from tui.widgets.asked import Choice, SeveralLines
from tui.widgets.one_line import OneLine
from tui.widgets.safe import plain

if TYPE_CHECKING:
    from tui.app import Workbench

Asked = OneLine | SeveralLines | Choice
Values = dict[str, Json]
Submit = Callable[[Values], Awaitable[None]]


class Form(Question[Values]):
    """Asks for the values of `fields`; they are checked before they are taken.

    `submit`, where there is one, does what the values are for; when it refuses, the
    form stays open and says why. Of those of any type (`untyped`) none is told.
    Who leaves it with something filled in is asked first.
    """

    def __init__(
        self,
        title: str,
        fields: Fields,
        *,
        done: str,
        submit: Submit | None = None,
        untyped: Collection[str] = (),
    ) -> None:
        super().__init__()
        self.question = title
        self.fields = fields
        self.done = done
        self.submit = submit
        self.untyped = untyped
        self.asked = [_asking(field) for field in fields.values()]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="question", can_focus=False):
            yield Static(plain(self.question, "bold"))
            if not self.fields:
                yield Static(plain("It asks for nothing."))
            for number, (name, field) in enumerate(self.fields.items()):
                yield Static(
                    plain(_label(name, field, typed=name not in self.untyped)),
                    classes="label",
                )
                yield self.asked[number]
                yield Static("", classes="wrong", id=f"wrong-{number}")
            yield Static("", classes="wrong", id="refused")
            yield Button(plain(self.done), compact=True, id="done")
            yield Static(plain(_keys(self.fields)), classes="keys")

    def on_mount(self) -> None:
        # What is not laid out yet can't have the focus.
        self.call_after_refresh(self.focus_next)

    @property
    def typing(self) -> bool:
        return super().typing or isinstance(self.focused, SeveralLines)

    @on(Input.Submitted)
    def go_on(self, event: Input.Submitted) -> None:
        """To the field after the one that Enter was pressed in, however often."""
        self.go_on_from(event.input)

    def go_on_from(self, field: Widget) -> None:
        asked = [*self.query(".asked, Button")]
        asked[asked.index(field) + 1].focus()

    def pressed(self, typed: str, key: str) -> bool:
        """Enter in a closed list of choices goes on, as it does in a line."""
        if key != "enter" or not isinstance(self.focused, Choice):
            return False
        self.go_on_from(self.focused)
        return True

    @on(Button.Pressed)
    async def finish(self) -> None:
        values = self.values()
        if not self.check(values):
            return
        if self.submit is not None:
            try:
                await self.submit(values)
            except WeirError as error:
                self.tell("#refused", str(error))
                return
            except StoreError as error:
                self.tell("#refused", say(error))
                return
        self.dismiss(values)

    def leave(self) -> None:
        """Out of an open list of choices, and what was typed stays; else the form."""
        for choices in self.query(Select):
            if choices.expanded:
                choices.expanded = False
                choices.focus()
                return
        if not self.filled:
            super().leave()
            return
        grace = Grace(cast("Workbench", self.app).clock)
        self.app.push_screen(Confirm("Drop what is filled in?", grace=grace), self.drop)

    def drop(self, sure: bool | None) -> None:
        if sure:
            super().leave()

    @property
    def filled(self) -> bool:
        """Whether anything stands there that was not there when it was asked."""
        asked = zip(self.fields.values(), self.asked, strict=True)
        return any(each.said != _given(field) for field, each in asked)

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Select.Changed)
    def put_right(
        self, event: Input.Changed | TextArea.Changed | Select.Changed
    ) -> None:
        """What is wrong with a value is told of what stands there now."""
        number = self.asked.index(cast("Asked", event.control))
        if self.query_one(f"#wrong-{number}").has_class("told"):
            name = [*self.fields][number]
            self.tell(
                f"#wrong-{number}", _wrong(name, self.fields[name], self.values())
            )

    def values(self) -> Values:
        """What was given, by name; what was left empty is not there."""
        given = zip(self.fields, self.asked, strict=True)
        return {name: asked.said for name, asked in given if asked.said != ""}

    def check(self, values: Values) -> bool:
        """Put what is wrong beside each field; True when nothing is."""
        good = True
        for number, (name, field) in enumerate(self.fields.items()):
            wrong = _wrong(name, field, values)
            self.tell(f"#wrong-{number}", wrong)
            if wrong and good:
                self.asked[number].focus()
            good = good and not wrong
        return good

    def tell(self, where: str, wrong: str) -> None:
        static = self.query_one(where, Static)
        static.update(plain(wrong))
        static.set_class(bool(wrong), "told")


def _wrong(name: str, field: Field, values: Values) -> str:
    given = {name: values[name]} if name in values else {}
    try:
        accept({name: field}, given, text=True)
    except InvalidValues as error:
        return "; ".join(error.problems)
    return ""


def _label(name: str, field: Field, *, typed: bool) -> str:
    tells = typed and not field.enum  # what there is to choose from tells itself
    words = [field.title or name, *([f"({field.type})"] if tells else [])]
    if field.required and not field.has_default:
        words.append("needed")
    if field.description:
        words.append(f"· {field.description}")
    return " ".join(words)


def _keys(fields: Fields) -> str:
    lines = "; another line in a text" if any(map(_several, fields.values())) else ""
    opens = "   space opens a list" if any(map(_options, fields.values())) else ""
    return f"⏎ next{lines}{opens}   tab moves   esc leave"


def _asking(field: Field) -> Asked:
    given = _given(field)
    if options := _options(field):
        return Choice(
            [(plain(option), option) for option in options],
            value=given if given in options else Select.NULL,
            prompt="choose",
            compact=True,
            classes="asked",
        )
    return SeveralLines(given) if _several(field) else OneLine(given)


def _given(field: Field) -> str:
    return _as_text(field.default) if field.has_default else ""


def _several(field: Field) -> bool:
    """Whether it has several lines, or has been given some."""
    return not _options(field) and (field.type == "text" or "\n" in _given(field))


def _options(field: Field) -> list[str]:
    """What there is to choose from; of anything else it is typed."""
    if field.type == "boolean":
        return ["true", "false"]
    return [_as_text(value) for value in field.enum]


def _as_text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        import msgspec

        return msgspec.json.encode(value).decode()
    return "" if value is None else str(value)
