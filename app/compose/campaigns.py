"""Campaigns: what several mailings are for. A mailing can be put into one at any time, sent or not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

import sqlalchemy as sa

from app.compose.models import Campaign, Mailing
from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.tenants.queries import member

PAGE = 200


@dataclass(frozen=True, slots=True)
class CampaignText:
    """What a person writes about a campaign. Dates are days on the workspace's clock, both included."""

    title: str
    purpose: str
    folder: str
    owner_id: int | None
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Counted:
    """A campaign and how many mailings it has."""

    campaign: Campaign
    mailings: int


def campaigns(*, text: str = "", folder: str | None = None, count: int = PAGE) -> list[Counted]:
    """Return the workspace's campaigns, the one made last first; `text` must be in title or purpose."""
    query = sa.select(Campaign, _mailings()).where(Campaign.tenant_id == current_tenant_id())
    for word in text.split():
        query = query.where(
            sa.or_(Campaign.title.icontains(word, autoescape=True), Campaign.purpose.icontains(word, autoescape=True))
        )
    if folder is not None:
        query = query.where(Campaign.folder == folder)
    return [Counted(row[0], row[1]) for row in db.session.execute(query.order_by(Campaign.id.desc()).limit(count))]


def _mailings() -> sa.ScalarSelect[int]:
    mine = (Mailing.tenant_id == Campaign.tenant_id, Mailing.campaign_id == Campaign.id)
    return sa.select(sa.func.count()).where(*mine).scalar_subquery()


def folders() -> list[str]:
    """Return the names of folders in use, in order."""
    query = sa.select(Campaign.folder).where(Campaign.tenant_id == current_tenant_id(), Campaign.folder != "")
    return list(db.session.scalars(query.distinct().order_by(Campaign.folder)))


def campaign(campaign_id: int) -> Campaign:
    """Return a campaign of this workspace.

    Raises:
        NotFound: it has none of this number.
    """
    mine = Campaign.tenant_id == current_tenant_id(), Campaign.id == campaign_id
    found = db.session.scalar(sa.select(Campaign).where(*mine))
    if found is None:
        raise NotFound
    return found


def mailings_of(campaign_id: int) -> list[Mailing]:
    """Return the mailings of a campaign, sent or not, the one begun last first."""
    mine = Mailing.tenant_id == current_tenant_id(), Mailing.campaign_id == campaign_id
    return list(db.session.scalars(sa.select(Mailing).where(*mine).order_by(Mailing.id.desc())))


def begin(written: CampaignText) -> Campaign:
    made = Campaign(**_values(written))
    db.session.add(made)
    db.session.flush()
    return made


def change(changed: Campaign, written: CampaignText) -> None:
    for name, value in _values(written).items():
        setattr(changed, name, value)
    db.session.flush()


def _values(written: CampaignText) -> dict[str, object]:
    """An owner who is no member of this workspace is nobody."""
    known = written.owner_id is not None and member(written.owner_id) is not None
    return asdict(written) | {"owner_id": written.owner_id if known else None}


def delete(removed: Campaign) -> None:
    """Remove a campaign; its mailings stay, in none."""
    db.session.delete(removed)
    db.session.flush()


def put(mailing: Mailing, campaign_id: int | None) -> None:
    """Put a mailing into a campaign, or into none. What it says is not touched, so it has no new version.

    Raises:
        NotFound: the workspace has no such campaign.
    """
    mailing.campaign_id = campaign(campaign_id).id if campaign_id is not None else None
    db.session.flush()
