"""Mail to those who manage a workspace's plan: what was decided, what is used up, what was not paid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.access import Permission, allowed
from app.core.notices import NoticeMail, post_notice
from app.core.site import settings
from app.tenants.plans import Plan
from app.tenants.queries import current_workspace, members

SENDER_NAME = "messagepark"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says, in the language in force. `path`: the page that its button opens."""

    subject: str
    paragraphs: Sequence[str]
    button: str
    path: str


def post(write: Callable[[], Letter]) -> None:
    """Send a letter to everybody who manages the present workspace, written in each one's language."""
    workspace = current_workspace()
    for member in members():
        if not allowed(member.role, Permission.MANAGE_WORKSPACE):
            continue
        with force_locale(member.locale or workspace.locale):
            letter = write()
            values = {"letter": letter, "subject": letter.subject, "workspace": workspace}
            values["link"] = f"{workspace.url}{letter.path}"
            post_notice(
                NoticeMail(
                    to=member.email,
                    subject=letter.subject,
                    html=render_template("billing/mail/letter.html", **values),
                    text=render_template("billing/mail/letter.txt", **values),
                    sender_name=SENDER_NAME,
                    sender_address=settings().sender_address,
                )
            )


def post_decision(wanted: Plan, *, yes: bool) -> None:
    """Tell what became of a plan that was asked for."""

    def write() -> Letter:
        if yes:
            return Letter(
                _("Your plan is now %(plan)s", plan=wanted.name),
                [_("What you asked for is confirmed. What waited for room in the plan goes out now.")],
                _("Look at the plan"),
                "/settings/plan",
            )
        return Letter(
            _("The plan %(plan)s was not confirmed", plan=wanted.name),
            [_("Everything stays as it is. Answer this mail if you would like to know why.")],
            _("Look at the plan"),
            "/settings/plan",
        )

    post(write)
