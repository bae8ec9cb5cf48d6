"""Why a workspace is braked and what holds a mail, in plain words."""

from __future__ import annotations

from flask_babel import format_percent
from flask_babel import gettext as _

from app.conduct.rules import Reason, rules
from app.core.errors import N_

WHY = {
    Reason.HARD_BOUNCES: N_(
        "In the last days %(share)s of your mails came back because the address does not exist; up to %(limit)s is"
        " usual. Lists that are old or were bought look like that, and mailbox providers then refuse mail of everybody."
    ),
    Reason.COMPLAINTS: N_(
        "In the last days %(share)s of your readers called the mail spam; up to %(limit)s is usual. Mailbox providers"
        " then refuse mail of everybody who sends through us."
    ),
}
WHAT_TO_DO = {
    Reason.HARD_BOUNCES: N_(
        "Addresses that came back are kept out from now on. Take out people who have not heard from you for years or"
        " never asked to, and tell us where the list comes from."
    ),
    Reason.COMPLAINTS: N_(
        "Write only to people who asked for it, and make leaving easy. Tell us how these people came on your list."
    ),
}


def why(reason: str, share: float) -> str:
    limit = rules().shares[Reason(reason)]
    return str(_(WHY[Reason(reason)], share=_percent(share), limit=_percent(limit)))


def what_to_do(reason: str) -> str:
    return str(_(WHAT_TO_DO[Reason(reason)]))


def _percent(share: float) -> str:
    return str(format_percent(share, "0.0#%"))
