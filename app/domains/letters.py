"""Mail to those who run the workspace when a record of theirs breaks."""

from __future__ import annotations

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.access import Permission, allowed
from app.core.errors import RateLimited
from app.core.limits import limit
from app.core.notices import NoticeMail, post_notice
from app.core.site import settings
from app.domains.queries import DomainView
from app.domains.terms import Purpose, RecordState
from app.domains.words import TITLES
from app.tenants.queries import MemberView, current_workspace, members

SENDER_NAME = "messagepark"


def post_alarm(found: DomainView) -> None:
    """Tell everybody who can mend it, at most once a day for a domain, so that a flickering server is no nuisance."""
    try:
        limit("domain-alarm", str(found.id), count=1, seconds=24 * 3600)
    except RateLimited:
        return
    for member in members():
        if allowed(member.role, Permission.MANAGE_WORKSPACE):
            _post(found, member)


def _post(found: DomainView, member: MemberView) -> None:
    workspace = current_workspace()
    with force_locale(member.locale or workspace.locale):
        subject = _("A record of %(name)s is missing", name=found.display)
        values = {
            "subject": subject,
            "domain": found,
            "workspace": workspace,
            "broken": [str(TITLES[purpose]) for purpose in Purpose if _is_broken(found, purpose)],
            "link": f"{workspace.url}/settings/domains/{found.id}",
        }
        post_notice(
            NoticeMail(
                to=member.email,
                subject=subject,
                html=render_template("domains/mail/alarm.html", **values),
                text=render_template("domains/mail/alarm.txt", **values),
                sender_name=SENDER_NAME,
                sender_address=settings().sender_address,
            )
        )


def _is_broken(found: DomainView, purpose: Purpose) -> bool:
    seen = found.record(purpose)
    return seen.was_good and seen.state in (RecordState.MISSING, RecordState.WRONG)
