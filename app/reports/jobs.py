"""Work of reports behind the web. Shallow: each job takes ids and may run twice."""

from __future__ import annotations

from datetime import date

from app.reports import service, trials
from app.reports.alerts import AlertKind, Incident
from app.reports.later import Occasion
from app.reports.summaries import Span


def post_delivery_report(mailing_id: int, occasion: str = Occasion.DONE) -> None:
    service.post_delivery_report(mailing_id, Occasion(occasion))


def post_summary(member_id: int, span: str, first: str) -> None:
    service.post_summary(member_id, Span(span), date.fromisoformat(first))


def raise_alert(kind: str, mailing_id: int, number: int, whole: int) -> None:
    service.raise_alert(Incident(AlertKind(kind), mailing_id, number, whole))


def check_counters(day: str) -> None:
    service.check_counters(date.fromisoformat(day))


def decide_trial(mailing_id: int) -> None:
    trials.decide(mailing_id)
