"""What became of a campaign."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import campaigns
from app.core.errors import DomainError
from app.reports import campaign as exhibits
from app.reports import queries
from app.reports.exhibits import Exhibit
from app.reports.queries import Report
from app.reports.routes.door import reports
from app.reports.routes.exhibits import exhibition


@reports.get("/campaigns/<int:campaign_id>/report")
def campaign(campaign_id: int) -> str | Response:
    """The mailings of a campaign side by side, and the people it reached."""
    chosen = campaigns.campaign(campaign_id)
    ids = sorted(mailing.id for mailing in campaigns.mailings_of(campaign_id))
    begun = queries.reports_of(ids)
    return exhibition(
        f"campaign-{campaign_id}",
        [exhibits.mailings(begun), *_people(begun)] if begun else [],
        title=chosen.title,
        back=(url_for("compose.campaign", campaign_id=campaign_id), _("Campaign")),
        empty=_("None of its mails has been sent yet."),
    )


def _people(begun: list[Report]) -> list[Exhibit]:
    """Of a campaign too large to count each person once in time, the mailings are told."""
    try:
        return [exhibits.people(exhibits.reached(begun), [report.mailing_id for report in begun])]
    except DomainError:
        return []
