"""Reports as mails: numbers, a picture, and the way to the page; and warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.notices import Attachment, NoticeMail
from app.core.site import settings
from app.reports import sentences, words
from app.reports.alerts import Incident
from app.reports.later import Occasion
from app.reports.pictures import funnel, outcome_chart, summary_chart
from app.reports.queries import Report
from app.reports.summaries import Summary
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
        picture = outcome_chart(funnel(report), sentence).png()
        return _mail("delivery_report", _subject(report, occasion), values, picture)


def summary_letter(found: Summary, workspace: Workspace, locale: str) -> NoticeMail:
    """Write the summary of a week or month, in its reader's language."""
    with force_locale(locale):
        finding = sentences.summed_up(found)
        values = {
            "found": found,
            "sentence": finding,
            "compared": sentences.than_before(found),
            "title": sentences.summary_title(found),
            "lines": _summary_lines(found),
            "workspace": workspace,
        }
        picture = summary_chart(found, finding).png() if found.accepted else None
        return _mail("summary", _("%(title)s: %(sentence)s", title=values["title"], sentence=finding), values, picture)


def alert_letter(incident: Incident, report: Report | None, workspace: Workspace, locale: str) -> NoticeMail:
    """Write a warning, in its reader's language. `report` is that of the mailing it is about, if it is about one."""
    with force_locale(locale):
        page = f"/reports/{incident.mailing_id}" if report else "/statistics?by=day"
        values = {
            "incident": incident,
            "report": report,
            "sentence": sentences.warning(incident),
            "advice": words.alert_advice(incident.kind),
            "workspace": workspace,
            "words": words,
            "link": f"{workspace.url}{page}",
        }
        subject = _("Warning: %(what)s", what=words.alert(incident.kind))
        return _mail("alert", f"{subject} ({report.subject})" if report else subject, values, None)


def _mail(template: str, subject: str, values: Mapping[str, Any], picture: bytes | None) -> NoticeMail:
    return NoticeMail(
        to="",
        subject=subject,
        html=render_template(f"reports/mail/{template}.html", picture=picture, **values),
        text=render_template(f"reports/mail/{template}.txt", **values),
        sender_name=SENDER_NAME,
        sender_address=settings().sender_address,
        attachments=[Attachment("chart.png", "image/png", picture, CHART)] if picture else [],
    )


def _summary_lines(found: Summary) -> list[Line]:
    whole = found.accepted
    return [
        Line(_("Mailings"), len(found.reports)),
        Line(_("Delivered"), whole),
        Line(_("Bounced"), found.bounced, found.bounced / (whole + found.bounced) if found.bounced else None),
        Line(_("Opened"), found.opened, found.opened / whole if whole else None),
        Line(_("Clicked"), found.clicked, found.clicked / whole if whole else None),
        Line(_("Unsubscribed"), found.unsubscribed, found.unsubscribed / whole if whole else None),
    ]


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
        *(
            [Line(_("Reported as spam"), report.complainers, _of_delivered(report, report.complainers))]
            if report.complainers
            else []
        ),
    ]


def _share(report: Report, part: int) -> float | None:
    return part / report.total if report.total else None


def _of_delivered(report: Report, part: int) -> float | None:
    return part / report.accepted if report.accepted else None
