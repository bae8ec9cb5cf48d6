"""Opens answered before the framework: the same as `public.opened`, without session, language, login and database.

Most of all requests to the service are these, and an open needs a token's HMAC and a part in one write to the stream,
no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

from app.core.tokens import BadToken
from app.tracking import service
from app.tracking.classify import PURPOSES, Visit
from app.tracking.terms import NO_STORE, PIXEL, EventKind

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX, SUFFIX = "/t/o/", ".gif"
TENANT = "messagepark.tenant"
_SAFE = [("X-Content-Type-Options", "nosniff"), ("Cache-Control", NO_STORE)]
_FOUND = [("Content-Type", "image/gif"), ("Content-Length", str(len(PIXEL))), *_SAFE]
_MISSING = [("Content-Type", "text/plain"), ("Content-Length", "0"), *_SAFE]
_PURPOSES = tuple(f"HTTP_{name.upper().replace('-', '_')}" for name in PURPOSES)


def takes(environ: WSGIEnvironment) -> bool:
    """Tell whether a request is a plain open; any other (a HEAD, a click, a page) goes to the framework."""
    path: str = environ.get("PATH_INFO", "")
    return path.startswith(PREFIX) and path.endswith(SUFFIX) and environ.get("REQUEST_METHOD") == "GET"


def open_door(trusted_proxies: int) -> WSGIApplication:
    """Return the WSGI application for opens. It reads whose they are from the environ's `TENANT`."""
    if not trusted_proxies:
        return answer
    return ProxyFix(answer, trusted_proxies, trusted_proxies)


def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    token = environ["PATH_INFO"][len(PREFIX) : -len(SUFFIX)]
    try:
        ref = service.ref_in(token, environ[TENANT])
    except BadToken:
        start_response("404 NOT FOUND", _MISSING)
        return []
    service.note_soon(ref, EventKind.OPEN, _visit(environ))
    start_response("200 OK", _FOUND)
    return [PIXEL]


def _visit(environ: WSGIEnvironment) -> Visit:
    purpose = " ".join(environ.get(name, "") for name in _PURPOSES)
    address, language = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return Visit("GET", environ.get("HTTP_USER_AGENT", ""), purpose, address, language)
