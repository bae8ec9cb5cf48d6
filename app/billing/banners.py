"""What stands above every page of a workspace: how much of the month is used, and what is not paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import format_date
from flask_babel import gettext as _

from app.billing import gateway, queries
from app.billing.queries import Usage
from app.billing.standing import GRACE
from app.billing.thresholds import STEPS, figures, step, what_next
from app.tenants.queries import current_workspace


@dataclass(frozen=True, slots=True)
class Banner:
    """A sentence above every page, where it leads, and how urgent it is."""

    tone: str
    text: str
    label: str
    endpoint: str


def banners(usage: Usage) -> list[Banner]:
    """Return what the pages say, the most urgent first."""
    return [*_payment(), *_quota(usage)]


def _payment() -> Iterator[Banner]:
    if not gateway.configured():
        return
    since = queries.account().past_due_since
    if current_workspace().read_only:
        closed = _("A bill is open, so this workspace can only be read. Nothing is lost; it goes on when it is paid.")
        yield Banner("red", closed, _("See to the payment"), "billing.show_plan")
    elif since:
        unpaid = _("A payment did not go through. Everything goes on until %(day)s.", day=format_date(since + GRACE))
        yield Banner("amber", unpaid, _("See to the payment"), "billing.show_plan")


def _quota(usage: Usage) -> Iterator[Banner]:
    reached = step(usage.used, usage.limit)
    if reached:
        tone = "red" if reached >= STEPS[-1] and not usage.goes_on else "amber"
        text = f"{figures(usage.used, usage.limit)} {what_next(reached)}"
        yield Banner(tone, text, _("Look at the usage"), "billing.index")
