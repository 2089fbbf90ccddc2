"""What the widgets share that paint themselves line by line (Textual's Line API)."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget


def segments(widget: Widget, content: Content, base: Style) -> list[Segment]:
    """The content as Rich segments, its styles read with the theme of the app."""
    pieces = content.render(base, end="", parse_style=widget._get_style)
    return [Segment(text, (base + style).rich_style) for text, style in pieces]


def fill(parts: Iterable[Segment], width: int, base: Style) -> Strip:
    """A strip of exactly `width` columns."""
    return Strip(parts).adjust_cell_length(width, base.rich_style)


def paint(widget: Widget, content: Content, width: int, base: Style) -> Strip:
    """One line of content, cut or padded to `width` columns."""
    return fill(segments(widget, content, base), width, base)


def set_extent(view: ScrollView, extent: Size) -> None:
    """Tell how much there is to scroll over, without laying out the screen again.

    Setting `virtual_size` itself lays out the screen and repaints the whole widget,
    which over SSH is most of what a live table would send.
    """
    if extent == view.virtual_size:
        return
    if view.styles.is_auto_height or view.styles.is_auto_width:
        view.virtual_size = extent
        return
    view.set_reactive(Widget.virtual_size, extent)
    view._scroll_update(extent)


def post(widget: Widget, message: Message) -> None:
    """Post as the widget itself, whoever made it speak.

    Textual takes the one whose handler is running for the sender, and does not bubble
    a message to its own sender: a pane that calls `show` would never hear of it.
    """
    widget.post_message(message.set_sender(widget))
