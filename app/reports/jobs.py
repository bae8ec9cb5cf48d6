"""Work of reports behind the web. Shallow: each job takes ids and may run twice."""

from __future__ import annotations

from app.reports import service


def post_delivery_report(mailing_id: int) -> None:
    service.post_delivery_report(mailing_id)
