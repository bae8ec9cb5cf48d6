"""Opens and clicks answered before the framework: the same as `public.opened` and `public.clicked`, without session,
language, login and database.

Most of all requests to the service are these. An open needs a token's HMAC and a part in one write to the stream, no
more; a click needs besides to be led on, which is as quick once this process has looked the link up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.urls import iri_to_uri

from app.core.tokens import BadToken, RecipientRef
from app.tenants.queries import Workspace
from app.tracking import service
from app.tracking.classify import PURPOSES, Visit
from app.tracking.conversions import marked
from app.tracking.terms import NO_STORE, PIXEL, EventKind

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OPENS, SUFFIX = "/t/o/", ".gif"
CLICKS = "/t/c/"
ERRAND = "messagepark.errand"
_SAFE = [("X-Content-Type-Options", "nosniff"), ("Cache-Control", NO_STORE)]
_FOUND = [("Content-Type", "image/gif"), ("Content-Length", str(len(PIXEL))), *_SAFE]
_MISSING = [("Content-Type", "text/plain"), ("Content-Length", "0"), *_SAFE]
_ONWARD = [("Content-Type", "text/plain"), ("Content-Length", "0"), ("Referrer-Policy", "no-referrer"), *_SAFE]
_PURPOSES = tuple(f"HTTP_{name.upper().replace('-', '_')}" for name in PURPOSES)


@dataclass(frozen=True, slots=True)
class Errand:
    """What a request came for. `ref` is None where its token is nobody's; `target` is where a click leads."""

    ref: RecipientRef | None
    link: int = 0
    target: str = ""


def errand_of(environ: WSGIEnvironment, place: Workspace) -> Errand | None:
    """Return what a plain open came for, or a click whose link is remembered and the same for everybody.

    Any other request (a HEAD, another click, a page) goes to the framework: None.
    """
    path: str = environ.get("PATH_INFO", "")
    if environ.get("REQUEST_METHOD") != "GET":
        return None
    if path.startswith(OPENS) and path.endswith(SUFFIX):
        return Errand(_ref(path[len(OPENS) : -len(SUFFIX)], place))
    if path.startswith(CLICKS):
        return _click(path[len(CLICKS) :], place)
    return None


def _click(path: str, place: Workspace) -> Errand | None:
    token, _, number = path.partition("/")
    ref = _ref(token, place) if number.isascii() and number.isdecimal() else None
    target = service.known_target(ref, int(number)) if ref and len(number) < 10 else None
    return Errand(ref, int(number), marked(target, place, ref.mailing_id, ref.seq)) if ref and target else None


def _ref(token: str, place: Workspace) -> RecipientRef | None:
    try:
        return service.ref_in(token, place.id)
    except BadToken:
        return None


def open_door(trusted_proxies: int) -> WSGIApplication:
    """Return the WSGI application for errands. It reads them from the environ's `ERRAND`."""
    if not trusted_proxies:
        return answer
    return ProxyFix(answer, trusted_proxies, trusted_proxies)


def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    errand: Errand = environ[ERRAND]
    if errand.ref is None:
        start_response("404 NOT FOUND", _MISSING)
        return []
    if errand.target:
        service.note_soon(errand.ref, EventKind.CLICK, _visit(environ), link=errand.link)
        start_response("302 FOUND", [("Location", iri_to_uri(errand.target)), *_ONWARD])
        return []
    service.note_soon(errand.ref, EventKind.OPEN, _visit(environ))
    start_response("200 OK", _FOUND)
    return [PIXEL]


def _visit(environ: WSGIEnvironment) -> Visit:
    purpose = " ".join(environ.get(name, "") for name in _PURPOSES)
    address, language = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return Visit("GET", environ.get("HTTP_USER_AGENT", ""), purpose, address, language)
