"""What a template was before each change, to be looked at and brought back."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.templates_mgmt.models import Template, TemplateVersion

KEPT = 50
ONE_SITTING = timedelta(minutes=10)
WORDS = ("title", "subject", "document", "html")


def keep(template: Template, *, author_id: int | None, now: datetime) -> None:
    """Keep what a template is, before it is changed; once for what one person changes in a sitting."""
    newest = db.session.scalar(_of(template.id).limit(1))
    if newest is not None and newest.author_id == author_id and now - newest.saved_at < ONE_SITTING:
        return
    words = {name: getattr(template, name) for name in WORDS}
    db.session.add(TemplateVersion(template_id=template.id, author_id=author_id, saved_at=now, **words))
    db.session.flush()
    beyond = sa.select(_of(template.id).subquery().c.id).offset(KEPT)
    gone = TemplateVersion.tenant_id == current_tenant_id(), TemplateVersion.id.in_(beyond)
    db.session.execute(sa.delete(TemplateVersion).where(*gone))


def versions(template_id: int) -> list[TemplateVersion]:
    """Return what a template was, the latest first."""
    return list(db.session.scalars(_of(template_id)))


def version(template_id: int, version_id: int) -> TemplateVersion:
    """Return one version of a template.

    Raises:
        NotFound: it has none of this number.
    """
    found = db.session.scalar(_of(template_id).where(TemplateVersion.id == version_id))
    if found is None:
        raise NotFound
    return found


def _of(template_id: int) -> sa.Select[TemplateVersion]:
    mine = TemplateVersion.tenant_id == current_tenant_id(), TemplateVersion.template_id == template_id
    return sa.select(TemplateVersion).where(*mine).order_by(TemplateVersion.id.desc())
