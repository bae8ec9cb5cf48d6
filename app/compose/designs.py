"""Designs on their way in and out: mails as templates, templates of blocks, and what other programs read and write.

It stands here and not with the templates because blocks are rendered with the workspace's pictures.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from mjml import mjml2html

from app.compose.content import Content, blank, of_blocks, of_html, rendered_blocks
from app.compose.models import Mailing
from app.core.errors import N_, Invalid
from app.document import locks
from app.templates_mgmt import queries
from app.templates_mgmt import service as templates
from app.templates_mgmt.service import TemplateText

LONGEST = 1_000_000


class NotMjml(Invalid):
    message = N_("This MJML cannot be read: %(reason)s")


class NoDocument(Invalid):
    message = N_("This is JSON, but no document that was exported here.")


class NoBlocks(Invalid):
    message = N_("It was written as HTML, so there is only HTML to export.")


class Design(Protocol):
    """A mail or a template, as far as it is given out."""

    subject: Any
    html: Any
    document: Any


class Format(StrEnum):
    """What a design can be given out as."""

    HTML = "html"
    MJML = "mjml"
    JSON = "json"


def keep_as_template(mailing: Mailing, *, title: str, folder: str) -> int:
    """Make a template of what a mail says now, and return its number."""
    return _keep(Content(mailing.subject, mailing.html, mailing.document), title=title, folder=folder)


def begin_template(*, title: str) -> int:
    """Make a template that is an empty sheet, and return its number."""
    return _keep(of_blocks(blank()), title=title, folder="")


def take_in(source: str, *, title: str, folder: str) -> int:
    """Make a template of HTML, MJML or an exported document, and return its number.

    Raises:
        NotMjml, NoDocument: it looks like one, and is none.
        DocumentFault: the document is not as it must be; says where.
    """
    return _keep(_read(source.strip()), title=title, folder=folder)


def _keep(content: Content, *, title: str, folder: str) -> int:
    if content.document is None:
        written = TemplateText(title=title, subject=content.subject, html=content.html, folder=folder)
        return templates.create_template(written).id
    made = templates.template_of(
        content.document, title=title, subject=content.subject, html=content.html, folder=folder
    )
    return made.id


def _read(source: str) -> Content:
    if source.startswith("{"):
        return _document(source)
    return of_html(_html_of_mjml(source) if source.startswith("<mjml") else source)


def _document(source: str) -> Content:
    try:
        given = json.loads(source)
    except ValueError as error:
        raise NoDocument from error
    inner = given.get("document", given)
    if not isinstance(inner, dict) or inner.get("type") != "doc":
        raise NoDocument
    return of_blocks(inner, subject=str(given.get("subject", ""))[:200])


def _html_of_mjml(source: str) -> str:
    try:
        # No includes and no fonts from elsewhere: nothing is read or fetched on the word of a file.
        return str(mjml2html(source, fonts={}))
    except ValueError as error:
        raise NotMjml(reason=str(error)[:200]) from error


def given_out(design: Design, wanted: Format) -> str:
    """Return a design as other programs read it.

    Raises:
        NoBlocks: it has no blocks, which MJML and JSON are made of.
    """
    if wanted is Format.HTML:
        return str(design.html)
    if design.document is None:
        raise NoBlocks
    if wanted is Format.MJML:
        return rendered_blocks(design.document).mjml
    return json.dumps({"subject": design.subject, "document": design.document}, ensure_ascii=False, indent=1)


def change_template(template_id: int, document: dict[str, Any], *, version: int, author_id: int, now: datetime) -> int:
    """Store a template's blocks, and return its version now.

    Raises:
        DocumentFault: the document is not as it must be.
        Conflict: somebody else has saved it since `version`.
    """
    html = of_blocks(document).html
    return templates.change_blocks(template_id, document, html, version=version, author_id=author_id, now=now)


def lock_all_but(template_id: int, free: Collection[int], *, version: int, author_id: int, now: datetime) -> None:
    """Let mails from a template change only these of its outermost blocks. Raises `Conflict` as above, and:

    Raises:
        NoBlocks: it was written as HTML.
    """
    document = queries.template(template_id).document
    if document is None:
        raise NoBlocks
    locked = locks.only_free(document, free)
    change_template(template_id, locked, version=version, author_id=author_id, now=now)
