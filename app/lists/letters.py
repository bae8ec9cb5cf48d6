"""Mail to one reader, in the workspace's name and the language of the page that the reader sees."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_babel import gettext as _

from app.core.notices import NoticeMail, post_notice
from app.core.site import settings
from app.tenants.queries import current_workspace


def post_confirmation(to: str, list_title: str, token: str) -> None:
    """Ask whether an address wants to be on a list. In a job there is no reader: the workspace's language."""
    subject = _("Please confirm: %(list)s", list=list_title)
    _post("confirmation", to, subject, path=f"/join/confirmations/{token}", list_title=list_title)


def _post(template: str, to: str, subject: str, *, path: str, **values: Any) -> None:
    workspace = current_workspace()
    values |= {"to": to, "subject": subject, "workspace": workspace, "link": workspace.url + path}
    mail = NoticeMail(
        to=to,
        subject=subject,
        html=render_template(f"lists/mail/{template}.html", **values),
        text=render_template(f"lists/mail/{template}.txt", **values),
        sender_name=workspace.sender_name or workspace.name,
        sender_address=settings().sender_address,
    )
    post_notice(mail)
