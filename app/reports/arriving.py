"""The exhibits about the health of delivery: what is good or bad, by provider and day, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _

from app.core.errors import N_
from app.reports import charts, health, pictures
from app.reports.cells import Cell, Link, share
from app.reports.charts import ACCENT, AMBER, RED, Chart, Frame, Series
from app.reports.comparison import Rate
from app.reports.exhibits import Exhibit
from app.reports.health import Provider, Target, Verdict
from app.reports.queries import Day
from app.reports.tables import Table

MOST_DOMAINS = 30
VERDICTS = {Verdict.GOOD: N_("Good"), Verdict.WATCH: N_("Keep an eye on it"), Verdict.BAD: N_("Needs work")}
# Measure → what it is called, what to do when it is not good.
MEASURES = {
    "bounce": (
        N_("Bounced"),
        N_("Clean the lists: leave out who bounced or has not opened for a year, and ask new readers by mail first."),
    ),
    "complaint": (
        N_("Complaints"),
        N_("Write only to who asked for it, keep to what was promised, and let people leave with one click."),
    ),
    "deferral": (
        N_("Put off"),
        N_("Send more slowly and evenly, and verify the domain: providers slow down whom they do not know."),
    ),
}


def measures(found: Sequence[Provider]) -> Exhibit:
    """Return the three measures against their targets, and what to do."""
    whole = health.together("", found)
    asked = health.targets()
    told: list[tuple[str, Rate, Target]] = [
        ("bounce", whole.bounce, asked.bounce),
        ("complaint", whole.complaint, asked.complaint),
        ("deferral", whole.deferral, asked.deferral),
    ]
    rows = [_measure(name, rate, target) for name, rate, target in told]
    worst = max(target.verdict(rate) for _name, rate, target in told)
    sums = {
        Verdict.GOOD: _("Your mail arrives well"),
        Verdict.WATCH: _("Your mail arrives, but something is not as it should be"),
        Verdict.BAD: _("Something keeps your mail from arriving"),
    }
    head = (_("Measure"), _("Share"), _("Mails"), _("Good up to"), _("Bad above"), _("Verdict"), _("What to do"))
    hint = _("The last %(days)s days. Bounces and what was put off are shares of the answered mails, complaints of "
             "the delivered.", days=asked.days)  # fmt: skip
    return Exhibit(sums[worst], Table(_("Measures"), head, rows, wide=frozenset({2, 3, 4})), hint=hint)


def _measure(name: str, rate: Rate, target: Target) -> list[Cell]:
    title, advice = MEASURES[name]
    verdict = target.verdict(rate)
    to_do = _(advice) if verdict is not Verdict.GOOD else _("Nothing")
    limits = (share_of(target.good), share_of(target.bad))
    return [_(title), share(rate.part, rate.whole), rate.part, *limits, _(VERDICTS[verdict]), to_do]


def share_of(limit: float) -> Cell:
    return share(round(limit * 100_000), 100_000)


def by_provider(found: Sequence[Provider]) -> Exhibit:
    """Return how mail arrives at each provider."""
    finding = _finding(found)
    head = (
        _("Provider"), _("Answered"), _("Not reached"), _("Share not reached"), _("Put off"), _("Share put off"),
        _("Complaints"), _("Share of complaints"), _("Verdict"),
    )  # fmt: skip
    table = Table(_("Providers"), head, [_row(each) for each in found], frozenset({1, 2, 4, 6, 7}), drawn=(3, 5))
    names = tuple(_name(each) for each in found)
    rows = [
        Series(_("Not reached"), tuple(_percent(each.bounce) for each in found), RED),
        Series(_("Put off"), tuple(_percent(each.deferral) for each in found), AMBER),
    ]
    return Exhibit(finding, table, charts.bars(rows, Frame(names, unit="%"), alt=finding))


def _percent(rate: Rate) -> float:
    return 100 * (rate.value or 0.0)


def _name(provider: Provider) -> str:
    return provider.name or _("Other domains")


def _row(each: Provider) -> list[Cell]:
    unreached = Link(each.unreached, _people_url(each.domains)) if _can_be_asked(each) else each.unreached
    return [
        _name(each), each.answered, unreached, share(each.bounce.part, each.bounce.whole), each.deferred,
        share(each.deferral.part, each.deferral.whole), each.complained,
        share(each.complaint.part, each.complaint.whole), _(VERDICTS[each.verdict]),
    ]  # fmt: skip


def _can_be_asked(each: Provider) -> bool:
    return bool(each.unreached) and len(each.domains) <= MOST_DOMAINS


def _people_url(domains: Sequence[str]) -> str:
    """Return the builder of segments with who bounced there lately, to look at and to keep."""
    quoted = ", ".join("'" + domain.replace("'", "''") + "'" for domain in domains)
    sql = (
        f"domain IN ({quoted}) AND EXISTS (SELECT 1 FROM delivery_summary AS d WHERE d.contact_id = contact.id "  # noqa: S608
        f"AND d.state IN ('bounced', 'expired') AND d.started_at > now() - interval '{health.targets().days} days')"
    )
    return url_for("lists.new_segment", sql=sql)


def _finding(found: Sequence[Provider]) -> str:
    worst = max(found, key=lambda each: (each.verdict, each.bounce.value or 0.0))
    if worst.verdict is Verdict.GOOD:
        return _("Every provider takes your mail well")
    return _(
        "%(provider)s takes your mail worst: %(share)s of %(mails)s did not arrive",
        provider=_name(worst),
        share=format_percent(worst.bounce.value or 0.0, "0.0%"),
        mails=format_decimal(worst.answered),
    )


def by_day(days: Sequence[Day]) -> Exhibit:
    """Return the share of bounces day by day."""
    rows: list[list[Cell]] = [
        [day.day, day.accepted, day.bounced, share(day.bounced, day.accepted + day.bounced)]
        for day in reversed(days)
        if day.accepted or day.bounced
    ]
    worst = max(days, key=lambda day: _percent(_day_rate(day)))
    finding = _("At most %(share)s bounced on a day", share=format_percent(_day_rate(worst).value or 0.0, "0.0%"))
    head = (_("Day"), _("Delivered"), _("Bounced"), _("Share"))
    return Exhibit(finding, Table(_("Day by day"), head, rows, drawn=(3,), line=True), _days_chart(days, finding))


def _day_rate(day: Day) -> Rate:
    return Rate(day.bounced, day.accepted + day.bounced)


def _days_chart(days: Sequence[Day], finding: str) -> Chart:
    labels = pictures.day_labels([day.day for day in days])
    frame = Frame(labels, x_title=_("Day"), shown=tuple(labels[:: max(1, len(labels) // 5)]), unit="%")
    return charts.columns(
        [Series(_("Bounced"), tuple(_percent(_day_rate(d)) for d in days), ACCENT)], frame, alt=finding
    )
