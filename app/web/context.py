"""What every template may say: the workspace, the language, the strip above the page."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app
from flask_babel import get_locale
from flask_login import current_user

from app.operator.queries import announcements_now
from app.tenants.queries import Workspace
from app.web.strip import Strip, load_strip


class Page:
    """The workspace as templates see it, and what is read only by those that ask."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def __getattr__(self, name: str) -> Any:
        return getattr(self.workspace, name)

    @property
    def plan_name(self) -> str:
        return self.workspace.plan.name


def _strip() -> Strip | None:
    workspace = current_app.config.get("WORKSPACE")
    return load_strip() if workspace and current_user.is_authenticated else None


def template_context() -> dict[str, Any]:
    workspace = current_app.config.get("WORKSPACE")
    return {
        "tenant": Page(workspace) if workspace else None,
        "locale": str(get_locale()),
        "load_strip": _strip,
        "announcements_now": announcements_now,
        "mailbox_url": current_app.config["SETTINGS"].mailbox_url,
        "site_url": current_app.config["SETTINGS"].base_url,
    }


def register(app: Flask) -> None:
    app.context_processor(template_context)
