"""What pages are made of: filters read from addresses, a report with its links, bounces, chart and pace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.document.compile import MailSource, preview
from app.reports import pictures, sentences, words
from app.reports.charts import Chart
from app.reports.parts import WHOLE, Part
from app.reports.people import Group, Wanted, counts
from app.reports.queries import Place, Report
from app.reports.statistics import Unit
from app.reports.timeline import Hour, Timeline, first_two_days, timeline
from app.sending import queries as sending
from app.tenants.queries import current_workspace
from app.tracking import queries as tracking
from app.tracking.queries import Earned

FIRST_DAY = date(2000, 1, 1)
SHOWN = ("all", "waiting", "running", "held", "sent")
_OPEN_STATES = {
    "all": ("scheduled", "held", "launching", "running", "paused", "cancelling"),
    "waiting": ("scheduled",),
    "running": ("launching", "running", "paused", "cancelling"),
    "held": ("held",),
    "sent": (),
}


@dataclass(frozen=True, slots=True)
class StatusFilter:
    """What the status page is asked to show."""

    show: str
    text: str
    before: Place | None

    @classmethod
    def of(cls, args: Mapping[str, str]) -> StatusFilter:
        show = args.get("show", "all")
        return cls(show if show in SHOWN else "all", args.get("q", "").strip()[:200], place(args.get("before", "")))

    @property
    def shows_open(self) -> bool:
        return self.show != "sent"

    @property
    def shows_past(self) -> bool:
        return self.show in ("all", "sent")

    def among(self, reports: Sequence[Report], *states: str) -> list[Report]:
        wanted = set(states) & set(_OPEN_STATES[self.show])
        return [report for report in reports if report.state in wanted]

    @property
    def chips(self) -> list[dict[str, Any]]:
        labels = {
            "all": _("All"),
            "waiting": _("Waiting"),
            "running": _("Sending"),
            "held": _("Held"),
            "sent": _("Sent"),
        }
        return [
            {"label": labels[show], "url": self._url(show), "active": show == self.show and self.before is None}
            for show in SHOWN
        ]

    def _url(self, show: str) -> str:
        return url_for("reports.status", show=None if show == "all" else show, q=self.text or None)


def asked_period(args: Mapping[str, str], today: date) -> tuple[Unit, date]:
    """Read which periods are asked for, and through which day; never beyond today."""
    by, to = args.get("by", ""), args.get("to", "")
    unit = Unit(by) if by in list(Unit) else Unit.MONTH
    try:
        last = min(date.fromisoformat(to), today)
    except ValueError:
        last = today
    return unit, max(last, FIRST_DAY)


def unit_chips(unit: Unit) -> list[dict[str, Any]]:
    labels = {Unit.DAY: _("By day"), Unit.MONTH: _("By month"), Unit.YEAR: _("By year")}
    return [
        {"label": label, "url": url_for("reports.statistics_page", by=each.value), "active": each is unit}
        for each, label in labels.items()
    ]


def place(text: str) -> Place | None:
    """Read where a page of a list ended, as ``2026-07-01T09:00:00+00:00_7``; None for anything else."""
    at, _sep, number = text.rpartition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return Place(moment, int(number)) if number.isdecimal() and moment.tzinfo else None


@dataclass(frozen=True, slots=True)
class LinkRow:
    number: int
    url: str
    label: str
    clicks: int
    machine_clicks: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """All that a report page shows besides the launch and its counts."""

    sentence: str
    bounces: Mapping[str, int]
    links: Sequence[LinkRow]
    line: Timeline
    labels: Sequence[str]
    finding: str
    chart: Chart
    early: Timeline | None
    early_chart: Chart | None
    funnel: Sequence[pictures.Step]
    funnel_chart: Chart
    bounce_chart: Chart | None
    earned: Earned | None


def report_view(report: Report, zone: str) -> ReportView:
    hours = [Hour(row.hour, row.opens, row.clicks) for row in tracking.hour_reactions(report.mailing_id)]
    started = report.started_at or report.planned_at
    line = timeline(hours, started, zone)
    finding = sentences.opening_speed(hours, started)
    early = None if line.hourly else first_two_days(hours, started, zone)
    bounces = sending.bounce_counts(report.mailing_id) if report.bounced else {}
    earned = next(iter(tracking.earned(report.mailing_id)), None)
    steps = pictures.funnel(report, tracking.buyers(report.mailing_id) if earned else 0)
    return ReportView(
        earned=earned,
        sentence=sentences.outcome(report),
        bounces=bounces,
        links=link_rows(report.mailing_id),
        line=line,
        labels=pictures.point_labels(line),
        finding=finding,
        chart=pictures.reaction_chart(line, finding),
        early=early,
        early_chart=pictures.reaction_chart(early, sentences.first_days(early, hours)) if early else None,
        funnel=steps,
        funnel_chart=pictures.outcome_chart(steps, sentences.outcome(report)),
        bounce_chart=pictures.bounce_chart(bounces, sentences.main_bounce(bounces)) if bounces else None,
    )


def link_rows(mailing_id: int) -> list[LinkRow]:
    """Return the links of a mailing with their clicks, the most clicked first."""
    clicks = tracking.link_reactions(mailing_id)
    rows = []
    for link in sending.links(mailing_id):
        found = clicks.get(link.number)
        rows.append(
            LinkRow(
                link.number, link.url, link.label, found.clicks if found else 0, found.machine_clicks if found else 0
            )
        )
    return sorted(rows, key=lambda row: (-row.clicks, row.number))


def body(html: str) -> str:
    """Return a mailing's body as somebody without a name or other values would see it; nothing in it is counted."""
    return preview(MailSource(subject="", html=html, locale=current_workspace().locale), {}).html


def people_chips(report: Report, wanted: Wanted) -> list[dict[str, Any]]:
    known = dict.fromkeys(Group) if wanted.part else counts(report)
    return [
        {
            "label": words.group(group),
            "url": people_url(report.mailing_id, group, wanted.part),
            "active": group is wanted.group,
            "count": known[group],
        }
        for group in Group
        if known[group] != 0 or group in (Group.ALL, wanted.group)
    ]


def people_url(mailing_id: int, group: Group, part: Part = WHOLE) -> str:
    """Return the address of a group's people, of a part of them if there is one."""
    return url_for("reports.people_page", mailing_id=mailing_id, group=group.value, **part_args(part))


def part_args(part: Part) -> dict[str, Any]:
    """Return a part as an address carries it."""
    if part.field:
        return {"field": part.field, "value": part.value}
    given = {"list": part.list_id, "segment": part.segment_id}
    return {name: number for name, number in given.items() if number}


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a mailing goes: final answers a second since the start, and how long the rest takes at that."""

    rate: float
    left: timedelta | None


def pace(report: Report, now: datetime) -> Pace | None:
    """Return the pace of a running mailing; None before there is anything to measure."""
    if report.state != "running" or report.started_at is None or not report.answered:
        return None
    elapsed = max(1.0, (now - report.started_at).total_seconds())
    rate = report.answered / elapsed
    return Pace(rate, timedelta(seconds=report.open_to / rate))
