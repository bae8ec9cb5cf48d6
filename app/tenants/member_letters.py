"""Mail to members of the present workspace, each in their own language: words, and a button that leads to a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import render_template
from flask_babel import force_locale

from app.core.access import Permission, allowed
from app.core.notices import NoticeMail, post_notice
from app.core.site import settings
from app.tenants.letters import SENDER_NAME
from app.tenants.queries import MemberView, current_workspace, members


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says, in the language in force. `path`: the page that its button opens."""

    subject: str
    paragraphs: Sequence[str]
    button: str
    path: str


def post_to_all(permission: Permission, write: Callable[[], Letter]) -> None:
    """Send a letter to every member whose role has this permission."""
    for member in members():
        if allowed(member.role, permission):
            post_to(member, write)


def post_to(member: MemberView, write: Callable[[], Letter]) -> None:
    """Send a letter to one member."""
    workspace = current_workspace()
    with force_locale(member.locale or workspace.locale):
        letter = write()
        values = {"letter": letter, "subject": letter.subject, "workspace": workspace}
        values["link"] = f"{workspace.url}{letter.path}"
        post_notice(
            NoticeMail(
                to=member.email,
                subject=letter.subject,
                html=render_template("tenants/mail/letter.html", **values),
                text=render_template("tenants/mail/letter.txt", **values),
                sender_name=SENDER_NAME,
                sender_address=settings().sender_address,
            )
        )
