"""Background work of this domain: mail whose sending must not show in the time of an answer."""

from __future__ import annotations

from app.tenants import service


def mail_password_reset(email: str) -> None:
    service.mail_password_reset(email)


def mail_workspaces(email: str, locale: str) -> None:
    service.mail_workspaces(email, locale)
