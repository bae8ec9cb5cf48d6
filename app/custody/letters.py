"""Mail about the whole of a workspace: its data is packed, or it will be erased."""

from __future__ import annotations

from datetime import datetime

from flask_babel import format_datetime
from flask_babel import gettext as _

from app.core.access import Permission
from app.tenants.member_letters import Letter, post_to, post_to_all
from app.tenants.queries import current_workspace, member

PAGE = "/settings/data"


def post_archive(member_id: int) -> None:
    """Tell whoever asked for it that everything is packed. The file itself is behind the sign-in."""
    found = member(member_id)
    if found is not None:
        post_to(found, _archive)


def _archive() -> Letter:
    return Letter(
        _("Your data is ready"),
        [_("Everything in %(workspace)s is packed into one file. Sign in to take it along; it is kept for a week.",
           workspace=current_workspace().name)],
        _("To the file"),
        PAGE,
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
            PAGE,
        )  # fmt: skip

    post_to_all(Permission.MANAGE_WORKSPACE, write)
