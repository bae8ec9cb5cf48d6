"""What billing says in words: money, what a plan gives, how the month will end."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import format_currency, format_date, format_decimal, ngettext
from flask_babel import gettext as _

from app.billing.forecast import Month
from app.billing.gateway import ZERO_DECIMAL
from app.core.errors import N_
from app.tenants.plans import Feature, Plan

FEATURES = {
    Feature.SERIES: N_("Mailings that come again"),
    Feature.TRIALS: N_("Trying subjects on a part of the people"),
    Feature.DATABASES: N_("People out of your own database"),
}

BILL_STATES = {
    "draft": (N_("being written"), "grey"),
    "open": (N_("open"), "amber"),
    "paid": (N_("paid"), "green"),
    "void": (N_("withdrawn"), "grey"),
    "uncollectible": (N_("written off"), "red"),
}


def money(amount: Decimal, currency: str) -> str:
    """Return an amount as the reader writes it; a whole one without decimals."""
    whole = amount == amount.to_integral_value()
    return str(format_currency(amount, currency.upper(), "¤#,##0" if whole else "¤#,##0.00", currency_digits=False))


def bill(total: int, currency: str) -> str:
    """Return an invoice's amount, which is given in the currency's smallest unit."""
    return money(Decimal(total) if currency in ZERO_DECIMAL else Decimal(total) / 100, currency)


def bill_state(state: str) -> tuple[str, str]:
    """Return what an invoice's state is called, and its tone."""
    text, tone = BILL_STATES.get(state, BILL_STATES["open"])
    return str(_(text)), tone


def ahead(month: Month, today: date) -> str:
    """Say how the month will end."""
    values = {"end": format_decimal(month.end), "limit": format_decimal(month.limit)}
    if month.full_on is None:
        return ngettext(
            "About one mail by the end of the month: %(limit)s are enough",
            "About %(end)s mails by the end of the month: %(limit)s are enough", month.end, **values,
        )  # fmt: skip
    day = format_date(month.full_on, _("d MMMM"), rebase=False)
    if month.full_on <= today:
        return _("The month's %(limit)s mails were used up on %(day)s", day=day, **values)
    return _("The month's %(limit)s mails will be used up about %(day)s", day=day, **values)


def price(plan: Plan, currency: str) -> str:
    if plan.is_free:
        return _("Free of charge")
    return _("%(price)s a month", price=money(plan.price[currency], currency))


def overage(plan: Plan, currency: str) -> str:
    """Say what mails above the plan's number cost; nothing where they cannot be had."""
    if currency not in plan.overage:
        return ""
    return _("%(price)s for 1,000 more", price=money(plan.overage[currency], currency))


def gives(plan: Plan) -> list[str]:
    """Return what a plan gives, a line each."""
    people = ngettext("%(count)s person kept", "%(count)s people kept", plan.contacts, count=f"{plan.contacts:,}")
    return [
        _("%(count)s mails a month", count=f"{plan.mails_a_month:,}"),
        _("%(count)s mails an hour", count=f"{plan.mails_an_hour:,}") if plan.mails_an_hour else _("At full speed"),
        people if plan.contacts else _("Any number of people"),
        ngettext("%(num)d member", "%(num)d members", plan.members),
        ngettext("%(num)d sending domain", "%(num)d sending domains", plan.domains),
        _("%(size)s MB of pictures and files", size=f"{plan.media_mb:,}"),
        _("%(size)s MB of attachments in a mail", size=plan.attachments_mb),
        ngettext(
            "Who opened and clicked is kept %(num)d day", "Who opened and clicked is kept %(num)d days",
            plan.retention_days,
        ),
        *(_(text) for feature, text in FEATURES.items() if plan.has(feature)),
    ]  # fmt: skip
