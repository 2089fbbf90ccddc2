"""Who is let in: at one address, from one origin, whoever has been given the token.

A page that someone has open can send requests to any port of their machine, and a name
that leads to 127.0.0.1 makes it look like one of ours. So the address is compared in
full, on every request. Cookies know no ports: one for 127.0.0.1 goes to whatever else
listens there. Ours belongs to a name of its own below `localhost`, made anew each time.
"""

from __future__ import annotations

import hmac
import secrets

from aiohttp import web

from tui.browser.page import come_in, sorry

WINDOW = "/window"  # where the page's script speaks to its workbench


class Door:
    """Lets requests in, or raises HTTPForbidden with what to do instead."""

    def __init__(self, port: int) -> None:
        name = f"weir-{secrets.token_hex(8)}.localhost"
        self.address = name if port == 80 else f"{name}:{port}"  # as browsers say it
        self.origin = f"http://{self.address}"
        self._token = secrets.token_urlsafe(32)
        self._cookie = secrets.token_urlsafe(32)

    @property
    def url(self) -> str:
        """What opens the workbench; told to the person who started it."""
        return f"{self.origin}/?token={self._token}"

    def require(self, request: web.Request) -> None:
        """Raise HTTPForbidden for a request that is not from a page of ours."""
        if request.headers.getall("Host", []) != [self.address]:
            raise sorry("this is not the address that `weir serve` has told")
        origins = request.headers.getall("Origin", [])
        # A browser names the origin of every WebSocket, and none of a mere visit.
        wanted = [self.origin] if origins or request.path == WINDOW else []
        if origins != wanted:
            raise sorry("another page asks for this")
        if self.knocks(request):
            if not same(request.query.getall("token"), self._token):
                raise sorry("the token is wrong; it changes with each `weir serve`")
        elif not same([request.cookies.get("weir", "")], self._cookie):
            raise sorry("open the whole address that `weir serve` has told")

    def knocks(self, request: web.Request) -> bool:
        """Whether a request brings a token."""
        return request.path == "/" and "token" in request.query

    def let_in(self) -> web.Response:
        """The page that takes a cookie for the token, and leads to the workbench."""
        response = come_in()
        response.set_cookie("weir", self._cookie, httponly=True, samesite="Strict")
        return response


def same(given: list[str], secret: str) -> bool:
    """Whether the one value given is the secret, in a time that tells nothing of it."""
    said = "\n".join(given).encode("utf-8", "replace")
    return hmac.compare_digest(said, secret.encode())
