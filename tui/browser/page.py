"""What a browser is given: a page and what draws it, and nothing from elsewhere."""

from __future__ import annotations

import html
from importlib.resources import as_file, files
from string import Template

from aiohttp import web

HERE = files("tui.browser")
THEIRS = files("textual_serve") / "static"
# Each file by name: a folder that is served shows what is put into it later.
ASSETS = {
    "/page.css": (HERE / "page.css", "text/css"),
    "/page.js": (HERE / "page.js", "text/javascript"),
    "/xterm.css": (THEIRS / "css" / "xterm.css", "text/css"),
    "/textual.js": (THEIRS / "js" / "textual.js", "text/javascript"),
    "/mono.ttf": (THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf", "font/ttf"),
}


def headers(socket: str) -> dict[str, str]:
    """What every answer says: load from here only, show in no frame, keep nothing."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",  # the terminal measures with styles
        "font-src": "'self'",
        "img-src": "data:",
        "connect-src": socket,
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{k} {v}" for k, v in policy.items()),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def workbench(name: str, socket: str) -> web.Response:
    """The page that opens a window on the workspace of that name."""
    return _page(_filled("page.html", name=name, socket=socket))


def come_in() -> web.Response:
    """A page that leads on by itself.

    A redirect would still count as the visit from wherever the link stood, and the
    browser would keep a strict cookie back from it.
    """
    return _page(_filled("come_in.html"))


def sorry(why: str) -> web.HTTPForbidden:
    return web.HTTPForbidden(text=f"Not opened: {why}.\n")


def asset(path: str) -> web.Response:
    source, kind = ASSETS[path]
    with as_file(source) as file:
        return web.Response(body=file.read_bytes(), content_type=kind)


def _filled(file: str, **values: str) -> str:
    text = (HERE / file).read_text(encoding="utf-8")
    return Template(text).substitute({k: html.escape(v) for k, v in values.items()})


def _page(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")
