"""What a mail, a template or a starter looks like, small: drawn by Chromium where there is one, else as an outline.

A picture is drawn when somebody first looks at content that has none; until it is there, they see the outline.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from app.compose import queries
from app.compose.previewing import shown_to_nobody
from app.core import queue
from app.core.errors import NotFound
from app.core.redis import redis
from app.core.tenancy import current_tenant_id
from app.core.unit import roll_back
from app.document.outline import HEIGHT, WIDTH, outline, outline_of_html
from app.document.schema import read_document
from app.document.theme import BRAND, Look
from app.media import chromium
from app.media import queries as media
from app.media import thumbnails as kept
from app.media.store import store
from app.templates_mgmt import queries as templates
from app.templates_mgmt.starters import starter
from app.tenants.queries import current_workspace

AGAIN_SECONDS = 600
DRAWING_SECONDS = 60
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is drawn. `subject` names it among all of the workspace."""

    subject: str
    html: str
    document: dict[str, Any] | None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.html.encode()).hexdigest()


def _of_mailing(number: str) -> tuple[str, dict[str, Any] | None]:
    found = queries.mailing(int(number))
    return found.html, found.document


def _of_template(number: str) -> tuple[str, dict[str, Any] | None]:
    found = templates.template(int(number))
    return found.html, found.document


def _of_starter(name: str) -> tuple[str, dict[str, Any] | None]:
    code, _, language = name.partition(".")
    chosen = starter(code, language)
    return chosen.html, chosen.document


KINDS: dict[str, Callable[[str], tuple[str, dict[str, Any] | None]]] = {
    "mailing": _of_mailing,
    "template": _of_template,
    "starter": _of_starter,
}


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture. Not `final`: a better one is being drawn."""

    content: bytes
    content_type: str
    digest: str
    final: bool = True


def sheet(kind: str, name: str) -> Sheet:
    """Return what is to be drawn: ``mailing`` or ``template`` and a number, ``starter`` and code.language.

    Raises:
        NotFound: there is no such thing.
    """
    return Sheet(f"{kind}:{name}", *KINDS[kind](name))


def thumbnail(wanted: Sheet) -> Thumbnail:
    """Return what it looks like, and have it drawn where that is still to be done."""
    picture = kept.drawn(wanted.subject, wanted.digest)
    if picture is not None:
        return Thumbnail(picture, "image/png", wanted.digest)
    pending = chromium.browser() is not None and bool(wanted.html.strip())
    if pending and _first_to_ask(wanted):
        queue.enqueue("compose.draw_thumbnail", wanted.subject, queue="bulk", timeout=DRAWING_SECONDS)
    return Thumbnail(_outline(wanted).encode(), "image/svg+xml", f"outline-{wanted.digest}", final=not pending)


def _first_to_ask(wanted: Sheet) -> bool:
    """Whether nobody has asked for it for a while; what cannot be drawn is not tried again with each look."""
    key = f"thumbnail:{current_tenant_id()}:{wanted.subject}:{wanted.digest[:16]}"
    return bool(redis().set(key, 1, nx=True, ex=AGAIN_SECONDS))


def _outline(wanted: Sheet) -> str:
    look = Look(current_workspace().brand_color or BRAND)
    if wanted.document is None:
        return outline_of_html(wanted.html, look)
    return outline(read_document(wanted.document), look)


def draw(subject: str) -> None:
    """Draw a picture of something as it is now, with no transaction open meanwhile. Safe to repeat."""
    kind, _, name = subject.partition(":")
    try:
        wanted = sheet(kind, name)
    except NotFound:
        return kept.forget([subject])
    if kept.drawn(subject, wanted.digest) is not None:
        return None
    page = _with_own_pictures(shown_to_nobody(wanted.html))
    roll_back()
    try:
        picture = chromium.draw(page, width=WIDTH, height=HEIGHT)
    except chromium.NotDrawn as error:
        log.warning("thumbnail_not_drawn", subject=subject, reason=str(error))
        return None
    return kept.keep(subject, wanted.digest, picture)


def _with_own_pictures(page: str) -> str:
    """Put the workspace's pictures into the page itself; those of others are not fetched."""
    own = re.compile(re.escape(f"{current_workspace().url}/m/") + r"([0-9a-f]{32}\.[a-z]{3,4})")

    def as_data(match: re.Match[str]) -> str:
        try:
            content_type = media.served(match[1]).content_type
        except NotFound:
            return match[0]
        content = store().get(match[1]) or b""
        return f"data:{content_type};base64,{b64encode(content).decode()}"

    return own.sub(as_data, page)


def forget_gone() -> None:
    """Let go of pictures of what is no more."""
    gone = []
    for subject in kept.subjects():
        kind, _, name = subject.partition(":")
        try:
            sheet(kind, name)
        except NotFound:
            gone.append(subject)
    kept.forget(gone)
