"""Reading templates."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.document.uses import Use
from app.templates_mgmt.models import Template
from app.templates_mgmt.sharing import Viewer, visible

PAGE = 60


def templates(viewer: Viewer, *, text: str = "", folder: str | None = None, count: int = PAGE) -> list[Template]:
    """Return the templates that a member sees, the one changed last first; `text` must be in title or subject."""
    query = sa.select(Template).where(Template.tenant_id == current_tenant_id(), visible(viewer))
    if folder is not None:
        query = query.where(Template.folder == folder)
    for word in text.split():
        query = query.where(
            sa.or_(Template.title.icontains(word, autoescape=True), Template.subject.icontains(word, autoescape=True))
        )
    return list(db.session.scalars(query.order_by(Template.updated_at.desc(), Template.id.desc()).limit(count)))


def folders(viewer: Viewer) -> list[str]:
    """Return the names of the folders in which a member sees something, in order."""
    mine = Template.tenant_id == current_tenant_id(), visible(viewer)
    query = sa.select(Template.folder).where(*mine, Template.folder != "")
    return list(db.session.scalars(query.distinct().order_by(Template.folder)))


def template(template_id: int, viewer: Viewer | None = None) -> Template:
    """Return a template of this workspace, as a member sees it or (None) as the service itself does.

    Raises:
        NotFound: it has none of this number, or this member does not see it.
    """
    query = sa.select(Template).where(Template.tenant_id == current_tenant_id(), Template.id == template_id)
    found = db.session.scalar(query.where(visible(viewer)) if viewer else query)
    if found is None:
        raise NotFound
    return found


def with_copies_of(block_id: int) -> list[int]:
    """Return the templates that hold a copy of a saved block."""
    number = sa.cast(sa.literal({"id": block_id}, JSONB), JSONB)
    copies = sa.func.jsonb_path_exists(Template.document, sa.cast("$.**.saved ? (@ == $id)", JSONPATH), number)
    mine = Template.tenant_id == current_tenant_id(), Template.document.is_not(None)
    return list(db.session.scalars(sa.select(Template.id).where(*mine, copies).order_by(Template.id)))


def showing(picture: str) -> list[Use]:
    """Return the templates that show a picture, by its public name."""
    query = sa.select(Template.id, Template.title).where(
        Template.tenant_id == current_tenant_id(), Template.html.contains(picture, autoescape=True)
    )
    return [Use("template", template_id, title) for template_id, title in db.session.execute(query)]
