"""Mail of the service to one person: what it says, in that person's language, and where its links lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.notices import NoticeMail, post_notice
from app.core.site import settings
from app.core.tenancy import control_plane
from app.tenants.queries import Workspace

SENDER_NAME = "messagepark"


def post_verification(workspace: Workspace, to: str, token: str, locale: str) -> None:
    """To a new address: open the link and the workspace is yours."""
    with force_locale(locale):
        subject = _("Confirm your address for %(workspace)s", workspace=workspace.name)
        _post("verification", to, subject, workspace=workspace, link=f"{workspace.url}/verifications/{token}")


def post_joining(workspace: Workspace, to: str, token: str, locale: str, *, known: Sequence[Workspace]) -> None:
    """To an address that has an account: here are your workspaces; the link adds the new one to them."""
    with force_locale(locale):
        subject = _("You already have a workspace: add %(workspace)s to it?", workspace=workspace.name)
        link = f"{workspace.url}/verifications/{token}"
        _post("joining", to, subject, workspace=workspace, known=known, link=link)


def post_password_reset(workspace: Workspace, to: str, token: str, locale: str) -> None:
    with force_locale(locale):
        subject = _("Choose a new password")
        _post("password_reset", to, subject, workspace=workspace, link=f"{workspace.url}/password-resets/{token}")


def post_password_changed(workspace: Workspace, to: str, locale: str) -> None:
    """After a change, so that the owner of the account knows even when it was somebody else."""
    with force_locale(locale):
        subject = _("Your password was changed")
        _post("password_changed", to, subject, workspace=workspace, link=f"{workspace.url}/password-resets")


def post_address_check(workspace: Workspace, to: str, token: str, locale: str) -> None:
    """To the address that somebody wants to sign in with from now on."""
    with force_locale(locale):
        subject = _("Confirm your new e-mail address")
        _post("address_check", to, subject, workspace=workspace, link=f"{workspace.url}/addresses/{token}")


def post_address_changed(workspace: Workspace, to: str, address: str, locale: str) -> None:
    """To the address of before, so that the owner of the account knows even when it was somebody else."""
    with force_locale(locale):
        subject = _("Your e-mail address was changed")
        _post("address_changed", to, subject, workspace=workspace, address=address)


def post_invitation(workspace: Workspace, to: str, token: str, locale: str, *, inviter: str) -> None:
    with force_locale(locale):
        subject = _("%(inviter)s invites you to %(workspace)s", inviter=inviter, workspace=workspace.name)
        link = f"{workspace.url}/invitations/{token}"
        _post("invitation", to, subject, workspace=workspace, inviter=inviter, link=link)


def post_workspaces(to: str, locale: str, *, known: Sequence[Workspace]) -> None:
    """Which workspaces an address belongs to. Mail of the site, of no tenant: written as the owner."""
    with force_locale(locale), control_plane():
        _post("workspaces", to, _("Your workspaces"), known=known)


def _post(template: str, to: str, subject: str, **values: Any) -> None:
    values |= {"to": to, "subject": subject}
    mail = NoticeMail(
        to=to,
        subject=subject,
        html=render_template(f"tenants/mail/{template}.html", **values),
        text=render_template(f"tenants/mail/{template}.txt", **values),
        sender_name=SENDER_NAME,
        sender_address=settings().sender_address,
    )
    post_notice(mail)
