"""Mail to one reader, in the workspace's name and the language of the page that the reader sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from app.core.notices import NoticeMail, post_notice
from app.core.site import settings
from app.tenants.queries import current_workspace


def post_confirmation(to: str, titles: Sequence[str], *, token: str) -> None:
    """Ask whether an address wants to be on these lists. In a job there is no reader: the workspace's language."""
    subject = _("Please confirm: %(list)s", list=", ".join(titles))
    _post("confirmation", to, subject, path=f"/join/confirmations/{token}", list_titles=between_quotes(titles))


def post_address_change(to: str, before: str, token: str) -> None:
    """Ask whether an address is where a reader's mail is to come from now on."""
    subject = _("Is this your new address?")
    _post("address_change", to, subject, path=f"/my/addresses/{token}", before=before)


def post_address_changed(to: str, after: str) -> None:
    """Tell the old address: nobody's mail goes elsewhere without a word."""
    _post("address_changed", to, _("Your mails go to another address now"), path="", after=after)


def between_quotes(titles: Sequence[str]) -> str:
    """Return titles as they stand where a sentence puts quotation marks around one."""
    return "”, “".join(titles)


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
