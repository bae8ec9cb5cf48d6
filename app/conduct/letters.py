"""Mail to those who manage a workspace when it is braked, and when it may go on."""

from __future__ import annotations

from flask_babel import gettext as _

from app.billing.letters import post
from app.conduct import words
from app.conduct.rules import Reason
from app.tenants.member_letters import Letter

PAGE = "/settings/conduct"


def post_braked(reason: Reason, share: float) -> None:
    post(
        lambda: Letter(
            _("Sending is on hold"),
            [
                words.why(reason, share),
                _("Mailings that ran are paused, others wait. Nothing is lost, and lists and mails can be changed."),
                _("The page says what to do, and lets you ask us to look at it."),
            ],
            _("See what happened"),
            PAGE,
        )
    )


def post_lifted() -> None:
    post(
        lambda: Letter(
            _("You can send again"),
            [_("We have looked at it. What waited goes by itself; what was paused goes on when you resume it.")],
            _("See where you stand"),
            PAGE,
        )
    )
