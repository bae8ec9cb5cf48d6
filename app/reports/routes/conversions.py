"""Orders that readers made after a click."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.reports import conversions, queries
from app.reports.routes.door import reports
from app.reports.routes.exhibits import exhibition
from app.tenants.queries import current_workspace


@reports.get("/conversions")
def conversions_page() -> str | Response:
    return exhibition(
        "conversions",
        conversions.of_mailings(current_workspace().conversion_days),
        title=_("Orders and revenue"),
        back=(url_for(".status"), _("Status & reports")),
        empty=_("No shop has told us of an order yet. How that is done stands in the settings, under orders."),
    )


@reports.get("/reports/<int:mailing_id>/orders")
def orders_page(mailing_id: int) -> str | Response:
    report = queries.begun(mailing_id)
    return exhibition(
        f"orders-{mailing_id}",
        conversions.of_mailing(report),
        title=_("Orders"),
        back=(url_for(".show", mailing_id=mailing_id), report.subject),
        empty=_("Nobody has ordered after a click in this mailing."),
    )
