"""Mail about the whole of a workspace: its data is packed, or it will be erased."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from flask_babel import force_locale, format_datetime
from flask_babel import gettext as _

from app.core.access import Permission, allowed
from app.core.notices import NoticeMail, post_notice
from app.core.site import settings
from app.tenants.queries import MemberView, current_workspace, member, members

SENDER_NAME = "messagepark"
PAGE = "/settings/data"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says, in the language in force."""

    subject: str
    paragraphs: Sequence[str]
    button: str


def post_archive(member_id: int) -> None:
    """Tell whoever asked for it that everything is packed. The file itself is behind the sign-in."""
    found = member(member_id)
    if found is not None:
        _post(found, _archive)


def _archive() -> Letter:
    return Letter(
        _("Your data is ready"),
        [_("Everything in %(workspace)s is packed into one file. Sign in to take it along; it is kept for a week.",
           workspace=current_workspace().name)],
        _("To the file"),
    )  # fmt: skip


def post_leaving(erase_at: datetime) -> None:
    """Tell everybody who manages the workspace that it will be erased, and how that is taken back."""

    def write() -> Letter:
        name = current_workspace().name
        return Letter(
            _("%(workspace)s will be deleted", workspace=name),
            [
                _("On %(day)s everything in %(workspace)s is erased: people, mails, reports and pictures. Nothing is "
                  "sent from now on.", day=format_datetime(erase_at, "yyyy-MM-dd HH:mm"), workspace=name),
                _("Until then an owner can take it back."),
            ],
            _("Take it back or get the data"),
        )  # fmt: skip

    for each in members():
        if allowed(each.role, Permission.MANAGE_WORKSPACE):
            _post(each, write)


def _post(to: MemberView, write: Callable[[], Letter]) -> None:
    workspace = current_workspace()
    with force_locale(to.locale or workspace.locale):
        letter = write()
        values = {"letter": letter, "subject": letter.subject, "workspace": workspace}
        values["link"] = f"{workspace.url}{PAGE}"
        post_notice(
            NoticeMail(
                to=to.email,
                subject=letter.subject,
                html=render_template("billing/mail/letter.html", **values),
                text=render_template("billing/mail/letter.txt", **values),
                sender_name=SENDER_NAME,
                sender_address=settings().sender_address,
            )
        )
