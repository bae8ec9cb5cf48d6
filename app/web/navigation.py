"""The entries of the frame, and addresses of pages that may not be mounted in this app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext
from flask_login import current_user

from app.core.access import Permission, allowed
from app.core.errors import N_


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry. `shortcut` is the letter after ``g``; `tab` tells whether a phone shows it in the bottom bar.

    Who lacks the permission that it `needs` is not offered it.
    """

    key: str
    endpoint: str
    label: str
    icon: str
    shortcut: str
    tab: bool = True
    needs: Permission = Permission.VIEW

    @property
    def text(self) -> str:
        return str(gettext(self.label))

    @property
    def url(self) -> str:
        return url_for(self.endpoint)


NAV_ITEMS = (
    NavItem("home", "reports.home", N_("Home"), "home", "h"),
    NavItem("lists", "lists.index", N_("Lists"), "address-book", "l"),
    NavItem("compose", "compose.index", N_("Compose"), "pencil", "c"),
    NavItem("breaking", "compose.breaking_news", N_("Breaking news"), "bolt", "b", tab=False, needs=Permission.SEND),
    NavItem("reports", "reports.status", N_("Status & reports"), "chart-bar", "s"),
    NavItem("templates", "templates_mgmt.index", N_("Templates"), "template", "t", tab=False),
    NavItem("settings", "tenants.settings", N_("Settings"), "settings", ",", tab=False),
)


def nav_items() -> list[NavItem]:
    """Return the entries whose pages this app has and the member who looks may open."""
    return [item for item in NAV_ITEMS if item.endpoint in current_app.view_functions and _may_open(item)]


def _may_open(item: NavItem) -> bool:
    role = getattr(current_user, "role", None)
    return role is None or allowed(role, item.needs)


def endpoint_url(*endpoints: str, **values: Any) -> str | None:
    """Return the address of the first endpoint that this app has, or None."""
    for endpoint in endpoints:
        if endpoint in current_app.view_functions:
            return url_for(endpoint, **values)
    return None
