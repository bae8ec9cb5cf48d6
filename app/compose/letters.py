"""Mail about approval: to those who may say yes, with the mail itself below the question; to whoever asked."""

from __future__ import annotations

import re

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from app.compose.models import Approval, Mailing
from app.compose.previewing import rendered_for
from app.compose.words import wanted_when
from app.core.notices import NoticeMail, post_notice
from app.core.site import settings
from app.document import merge
from app.tenants.queries import MemberView, current_workspace

_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)


def post_request(asked: Approval, mailing: Mailing, *, to: MemberView, asker: MemberView | None, people: int) -> None:
    """Ask for a yes: who asks for what, and below it the mail as readers will see it."""
    rendered = rendered_for(mailing, None)
    with force_locale(to.locale or current_workspace().locale):
        subject = _("Please approve: %(subject)s", subject=rendered.subject)
        link = f"{current_workspace().url}/approvals/{asked.id}"
        told = {"asked": asked, "asker": asker.display_name if asker else "–", "people": people, "link": link}
        told |= {"wanted_when": wanted_when}
        question = render_template("compose/mail/approval.html", **told)
        text = render_template("compose/mail/approval.txt", **told)
    _post(to, subject, _above(question, rendered.html), f"{text}\n\n{'-' * 60}\n\n{rendered.text}")


def _above(question: str, html: str) -> str:
    """Put a question at the top of a mail."""
    start = _BODY.search(html)
    return html[: start.end()] + question + html[start.end() :] if start else question + html


def post_answer(asked: Approval, subject: str, *, to: MemberView | None, by: MemberView | None) -> None:
    """Tell whoever asked what became of it."""
    if to is None:
        return
    with force_locale(to.locale or current_workspace().locale):
        subject = merge.render(subject, {})
        approved = asked.state == "approved"
        title = (
            _("Approved: %(subject)s", subject=subject) if approved else _("Sent back: %(subject)s", subject=subject)
        )
        link = f"{current_workspace().url}/mailings/{asked.mailing_id}"
        told = {"asked": asked, "approved": approved, "by": by.display_name if by else "–", "link": link}
        html = render_template("compose/mail/answer.html", subject=title, **told)
        text = render_template("compose/mail/answer.txt", **told)
    _post(to, title, html, text)


def _post(to: MemberView, subject: str, html: str, text: str) -> None:
    post_notice(
        NoticeMail(
            to=to.email,
            subject=subject,
            html=html,
            text=text,
            sender_name="messagepark",
            sender_address=settings().sender_address,
        )
    )
