"""Making, changing and removing templates. What is stored is clean: it may be shown and mailed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.core.db import db
from app.core.errors import Conflict
from app.core.tenancy import current_tenant_id
from app.document import text
from app.document.sanitise import sanitise
from app.templates_mgmt import history, queries
from app.templates_mgmt.models import Template, TemplateVersion
from app.templates_mgmt.sharing import Circle


@dataclass(frozen=True, slots=True)
class TemplateText:
    """What a person writes into a template."""

    title: str
    subject: str
    html: str
    folder: str = ""

    def clean(self) -> dict[str, str]:
        html = text.paragraphs(self.html) if text.looks_like_text(self.html) else self.html
        words = {"title": self.title.strip(), "subject": self.subject.strip(), "folder": self.folder.strip()}
        return words | {"html": sanitise(html)}


def create_template(written: TemplateText) -> Template:
    made = Template(**written.clean())
    db.session.add(made)
    db.session.flush()
    return made


def template_of(document: dict[str, Any], *, title: str, subject: str, html: str, folder: str = "") -> Template:
    """Make a template of blocks; `html` is what they look like."""
    words = {"title": title.strip()[:120], "subject": subject.strip(), "folder": folder.strip()}
    made = Template(**words, document=document, html=html)
    db.session.add(made)
    db.session.flush()
    return made


def change_blocks(
    template_id: int, document: dict[str, Any], html: str, *, version: int, author_id: int, now: datetime
) -> int:
    """Store a template's blocks and what they look like, and return its version now.

    Raises:
        Conflict: somebody else has saved it since `version`.
    """
    history.keep(queries.template(template_id), author_id=author_id, now=now)
    _change(template_id, {"document": document, "html": html}, Template.version == version)
    return version + 1


def bring_back(template: Template, earlier: TemplateVersion, *, author_id: int, now: datetime) -> None:
    """Let a template be again what it was; what it is until now is kept too."""
    history.keep(template, author_id=author_id, now=now)
    words = {name: getattr(earlier, name) for name in history.WORDS}
    _change(template.id, words, Template.version == template.version)


def update_template(
    template_id: int, written: TemplateText, *, seen: datetime, author_id: int | None, now: datetime
) -> Template:
    """Store a change of what the author saw at `seen` (the template's `updated_at` then). HTML replaces any blocks.

    Raises:
        Conflict: somebody else has saved it since.
    """
    values: dict[str, Any] = written.clean()
    history.keep(queries.template(template_id), author_id=author_id, now=now)
    # Browsers send line breaks of their own making.
    if written.html.replace("\r\n", "\n") == queries.template(template_id).html:
        values.pop("html")
    else:
        values["document"] = None
    _change(template_id, values, Template.updated_at == seen)
    return queries.template(template_id)


def _change(template_id: int, values: dict[str, Any], unchanged: sa.ColumnElement[bool]) -> None:
    changed = db.session.execute(
        sa.update(Template)
        .where(Template.tenant_id == current_tenant_id(), Template.id == template_id, unchanged)
        .values(**values, version=Template.version + 1, updated_at=sa.func.clock_timestamp())
        .execution_options(synchronize_session="fetch")
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise Conflict


def duplicate_template(original: Template) -> Template:
    title = _("%(title)s (copy)", title=original.title)
    words = {name: getattr(original, name) for name in ("folder", "subject", "document", "html", "seen_by")}
    # What only its owner sees stays theirs; who may change it is not copied.
    owner_id = original.owner_id if original.seen_by == Circle.MINE else None
    copy = Template(title=title[:120], owner_id=owner_id, **words)
    db.session.add(copy)
    db.session.flush()
    return copy


def delete_template(removed: Template) -> None:
    """Remove a template. Mails that were started from it keep what they took."""
    db.session.delete(removed)
    db.session.flush()
