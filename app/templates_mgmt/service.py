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
from app.templates_mgmt import queries
from app.templates_mgmt.models import Template


@dataclass(frozen=True, slots=True)
class TemplateText:
    """What a person writes into a template."""

    title: str
    subject: str
    html: str

    def clean(self) -> dict[str, str]:
        html = text.paragraphs(self.html) if text.looks_like_text(self.html) else self.html
        return {"title": self.title.strip(), "subject": self.subject.strip(), "html": sanitise(html)}


def create_template(written: TemplateText) -> Template:
    made = Template(**written.clean())
    db.session.add(made)
    db.session.flush()
    return made


def template_of(document: dict[str, Any], *, title: str, subject: str, html: str) -> Template:
    """Make a template of blocks; `html` is what they look like."""
    made = Template(title=title.strip()[:120], subject=subject.strip(), document=document, html=html)
    db.session.add(made)
    db.session.flush()
    return made


def update_template(template_id: int, written: TemplateText, *, seen: datetime) -> Template:
    """Store a change of what the author saw at `seen` (the template's `updated_at` then). HTML replaces any blocks.

    Raises:
        Conflict: somebody else has saved it since.
    """
    values: dict[str, Any] = written.clean()
    # Browsers send line breaks of their own making.
    if written.html.replace("\r\n", "\n") == queries.template(template_id).html:
        values.pop("html")
    else:
        values["document"] = None
    changed = db.session.execute(
        sa.update(Template)
        .where(Template.tenant_id == current_tenant_id(), Template.id == template_id, Template.updated_at == seen)
        .values(**values, updated_at=sa.func.clock_timestamp())
        .execution_options(synchronize_session="fetch")
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise Conflict
    return queries.template(template_id)


def duplicate_template(original: Template) -> Template:
    title = _("%(title)s (copy)", title=original.title)
    copy = Template(title=title[:120], subject=original.subject, document=original.document, html=original.html)
    db.session.add(copy)
    db.session.flush()
    return copy


def delete_template(removed: Template) -> None:
    """Remove a template. Mails that were started from it keep what they took."""
    db.session.delete(removed)
    db.session.flush()
