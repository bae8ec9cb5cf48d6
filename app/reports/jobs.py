"""Work of reports behind the web. Shallow: each job takes ids and may run twice."""

from __future__ import annotations

from datetime import date

from app.reports import service, trials
from app.reports.later import Occasion


def post_delivery_report(mailing_id: int, occasion: str = Occasion.DONE) -> None:
    service.post_delivery_report(mailing_id, Occasion(occasion))


def check_counters(day: str) -> None:
    service.check_counters(date.fromisoformat(day))


def decide_trial(mailing_id: int) -> None:
    trials.decide(mailing_id)
