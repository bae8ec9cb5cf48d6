"""What stands in a mail: blocks, or HTML that somebody made elsewhere; and what a new one starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.compose import queries
from app.compose.attachments import attached, carried, downloads
from app.compose.models import Mailing, MailingVersion
from app.core.errors import N_, Conflict
from app.document import downloads as links
from app.document import text
from app.document.render import Rendered, render
from app.document.sanitise import sanitise
from app.document.schema import read_document
from app.document.theme import BRAND, Look
from app.media import queries as media
from app.sending.orders import Variant
from app.templates_mgmt import queries as templates
from app.templates_mgmt.sharing import Viewer
from app.templates_mgmt.starters import addressed, starter
from app.tenants.queries import current_workspace

UNSUBSCRIBE = {"ko": "수신거부", "en": "Unsubscribe"}


class SomethingThere(Conflict):
    message = N_("There is a body already, so nothing was put in its place. Empty it first.")


@dataclass(frozen=True, slots=True)
class Content:
    """The words of a mail, and its files. Where there is a document, `html` is what it renders to."""

    subject: str = ""
    html: str = ""
    document: dict[str, Any] | None = None
    attachments: Sequence[dict[str, Any]] = ()

    def values(self) -> dict[str, Any]:
        return {"html": self.html, "document": self.document}


def of_blocks(document: dict[str, Any], *, subject: str = "") -> Content:
    """Return the content of a document, rendered.

    Raises:
        DocumentFault: it is not as a document must be.
    """
    return Content(subject, rendered_blocks(document).html, document)


def words_of(mailing: Mailing | MailingVersion, subject: str) -> Variant:
    """Return a mailing's content as sending takes it, under a subject. HTML of others is cleaned once more.

    Files that are linked have their links in it.
    """
    files = attached(mailing.attachments)
    linked = downloads(files)
    text_part = links.in_text(mailing.text_part, linked)
    if mailing.document is None:
        html = links.in_html(sanitise(mailing.html), linked)
        return Variant(subject, html, text_part, attachments=carried(files))
    rendered = rendered_blocks(links.in_document(mailing.document, linked))
    html = rendered.html if linked else mailing.html
    return Variant(subject, html, text_part, rendered.conditions, carried(files))


def rendered_blocks(document: dict[str, Any]) -> Rendered:
    """Return a document as it looks in this workspace: its brand, its language, its pictures."""
    workspace, read = current_workspace(), read_document(document)
    used = {number for node in read.walk() if (number := getattr(node.attrs, "media", None)) is not None}
    look = Look(workspace.brand_color or BRAND, workspace.locale, pictures=media.addresses(used))
    return render(read, look)


def of_html(html: str, *, subject: str = "") -> Content:
    """Return a body as it is stored: plain words as paragraphs, HTML with only what a mail may have."""
    return Content(subject, sanitise(text.paragraphs(html) if text.looks_like_text(html) else html))


def starting_from(start: str, language: str, viewer: Viewer | None = None) -> Content:
    """Return what a new mail begins with: ``template:7``, ``starter:notice``, ``mailing:9``, ``blank``; else nothing.

    `viewer` is who begins it; None where what they may choose was checked before.

    Raises:
        NotFound: there is no such template or mail, or they do not see it.
    """
    kind, _colon, name = start.partition(":")
    if kind == "template" and name.isdecimal():
        chosen = templates.template(int(name), viewer)
        if chosen.document is not None:
            return of_blocks(chosen.document, subject=chosen.subject)
        return Content(chosen.subject, chosen.html)
    if kind == "mailing" and name.isdecimal():
        earlier = queries.mailing(int(name))
        return Content(earlier.subject, earlier.html, earlier.document, earlier.attachments)
    if kind == "starter":
        given = starter(name, language)
        return of_blocks(addressed(given.document, current_workspace().imprint), subject=given.subject)
    return of_blocks(blank()) if kind == "blank" else Content()


def blank() -> dict[str, Any]:
    """Return an empty sheet: a line to write on, and a foot that says who writes and how to leave."""
    return {"type": "doc", "content": [{"type": "paragraph"}, _foot(_("Unsubscribe"))]}


def own_foot(locale: str) -> dict[str, Any]:
    """Return the foot of an empty sheet in the language of readers."""
    return _foot(UNSUBSCRIBE.get(locale, UNSUBSCRIBE["en"]))


def _foot(unsubscribe: str) -> dict[str, Any]:
    link = {"type": "link", "attrs": {"href": "{{unsubscribe_url}}"}}
    lines = [
        {"type": "paragraph", "content": [{"type": "text", "text": current_workspace().name}]},
        {"type": "paragraph", "content": [{"type": "text", "text": unsubscribe, "marks": [link]}]},
    ]
    return {"type": "footer", "attrs": {"align": "center"}, "content": lines}
