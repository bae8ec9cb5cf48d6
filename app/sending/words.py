"""Why a mailing is held, as whoever sends it reads it."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.errors import N_
from app.sending.terms import HeldReason

HELD_REASONS = {
    HeldReason.LATE: N_("Its time passed while the service was not running. Decide whether it should still go."),
    HeldReason.QUOTA: N_(
        "It would go over what is left of this month. It goes by itself when the month turns or the plan is raised;"
        " or choose fewer people."
    ),
    HeldReason.PAYMENT: N_("A bill is open. It goes by itself when that is paid."),
    HeldReason.BRAKE: N_("Sending is on hold because too many mails came back or were called spam. Settings say more."),
    HeldReason.CONTENT: N_(
        "A link in it shows one address and leads to another, or to a bare number. Cancel it, put it right, send it."
    ),
    HeldReason.BREAKING: N_("It made way for breaking news. Let it go when you are ready."),
}


def held_reason(name: str) -> str:
    """Return the sentence for a reason as it is stored; nothing for none."""
    return str(_(HELD_REASONS[HeldReason(name)])) if name else ""
