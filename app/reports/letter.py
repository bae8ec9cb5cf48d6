"""The delivery report as a mail: numbers, a picture, and the way to the report."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.notices import Attachment, NoticeMail
from app.core.site import settings
from app.reports import sentences, words
from app.reports.later import Occasion
from app.reports.pictures import outcome_chart
from app.reports.queries import Report
from app.tenants.queries import Workspace

SENDER_NAME = "messagepark"
CHART = "chart"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table in the mail."""

    label: str
    number: int
    share: float | None = None


def delivery_report(
    report: Report, bounces: dict[str, int], workspace: Workspace, occasion: Occasion = Occasion.DONE
) -> NoticeMail:
    """Write the mail, in the workspace's language; the address is filled in by who posts it."""
    with force_locale(workspace.locale):
        sentence = sentences.outcome(report)
        values = {
            "report": report,
            "sentence": sentence,
            "lines": _lines(report, bounces),
            "workspace": workspace,
            "link": f"{workspace.url}/reports/{report.mailing_id}",
            "state": words.state(report.state),
        }
        picture = outcome_chart(report, sentence).png()
        return NoticeMail(
            to="",
            subject=_subject(report, occasion),
            html=render_template("reports/mail/delivery_report.html", **values),
            text=render_template("reports/mail/delivery_report.txt", **values),
            sender_name=SENDER_NAME,
            sender_address=settings().sender_address,
            attachments=[Attachment("chart.png", "image/png", picture, CHART)],
        )


def _subject(report: Report, occasion: Occasion) -> str:
    if occasion is Occasion.DAY:
        return _("Report after 24 hours: %(subject)s", subject=report.subject)
    if occasion is Occasion.WEEK:
        return _("Report after 7 days: %(subject)s", subject=report.subject)
    return _("Report: %(subject)s", subject=report.subject)


def _lines(report: Report, bounces: dict[str, int]) -> list[Line]:
    lines = [
        Line(_("Recipients"), report.total),
        Line(_("Delivered"), report.accepted, _share(report, report.accepted)),
    ]
    lines += [Line(words.bounce(name), number, _share(report, number)) for name, number in sorted(bounces.items())]
    lines += [Line(_("Given up"), report.expired, _share(report, report.expired))] if report.expired else []
    lines += [Line(_("Cancelled"), report.cancelled, _share(report, report.cancelled))] if report.cancelled else []
    return [
        *lines,
        Line(_("Opened"), report.openers, _of_delivered(report, report.openers)),
        Line(_("Clicked"), report.clickers, _of_delivered(report, report.clickers)),
        Line(_("Unsubscribed"), report.unsubscribers, _of_delivered(report, report.unsubscribers)),
    ]


def _share(report: Report, part: int) -> float | None:
    return part / report.total if report.total else None


def _of_delivered(report: Report, part: int) -> float | None:
    return part / report.accepted if report.accepted else None
