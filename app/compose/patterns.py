"""Patterns: mailings that come up regularly are begun with what is the same each time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import time

import sqlalchemy as sa

from app.compose import campaigns, queries, service
from app.compose.content import starting_from
from app.compose.models import Mailing, Pattern
from app.compose.service import Envelope, own_people_only
from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.lists.recipients import Audience
from app.templates_mgmt.sharing import Viewer


@dataclass(frozen=True, slots=True)
class PatternText:
    """What a person lays down: the name of the pattern, and what each mailing has of it."""

    title: str
    envelope: Envelope
    audience: Audience
    at_time: time | None = None
    start: str = ""
    campaign_id: int | None = None


def patterns() -> list[Pattern]:
    """Return the workspace's patterns by name."""
    query = sa.select(Pattern).where(Pattern.tenant_id == current_tenant_id())
    return list(db.session.scalars(query.order_by(Pattern.title, Pattern.id)))


def pattern(pattern_id: int) -> Pattern:
    """Return a pattern of this workspace.

    Raises:
        NotFound: it has none of this number.
    """
    mine = Pattern.tenant_id == current_tenant_id(), Pattern.id == pattern_id
    found = db.session.scalar(sa.select(Pattern).where(*mine))
    if found is None:
        raise NotFound
    return found


def lay_down(written: PatternText) -> Pattern:
    """Make a pattern. Raises as `change`."""
    made = Pattern(**_values(written))
    db.session.add(made)
    db.session.flush()
    return made


def change(changed: Pattern, written: PatternText) -> None:
    """Change a pattern; mailings begun with it stay as they are.

    Raises:
        NotFound: what it begins with, or its campaign, is not the workspace's.
    """
    for name, value in _values(written).items():
        setattr(changed, name, value)
    db.session.flush()


def _values(written: PatternText) -> dict[str, object]:
    starting_from(written.start, "en")
    if written.campaign_id is not None:
        campaigns.campaign(written.campaign_id)
    own = {"title": written.title, "at_time": written.at_time, "start": written.start}
    people = own_people_only(written.audience)
    return {**asdict(written.envelope), **people, **own, "campaign_id": written.campaign_id}


def delete(removed: Pattern) -> None:
    db.session.delete(removed)
    db.session.flush()


def begin_mailing(used: Pattern, *, language: str, viewer: Viewer) -> Mailing:
    """Begin a mailing as the pattern has it. What the member does not see any more leaves the body empty."""
    try:
        content = starting_from(used.start, language, viewer)
    except NotFound:
        content = starting_from("", language)
    return service.create_mailing(
        _envelope(used, content.subject),
        queries.audience_of(used),
        content=content,
        author_id=viewer.member_id,
        at_time=used.at_time,
        campaign_id=used.campaign_id,
    )


def _envelope(used: Pattern, subject: str) -> Envelope:
    values = {name: getattr(used, name) for name in Envelope.__dataclass_fields__}
    return Envelope(**(values | {"subject": used.subject or subject}))
