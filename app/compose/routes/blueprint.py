"""The blueprint, and what all its pages have in common: the steps at the top, who may see them when."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import queries, service
from app.compose.checklist import Check, Step, checklist
from app.compose.words import kind_hints, kind_name, state_badge
from app.core import clock
from app.core.access import Permission, allowed, current_member
from app.document import merge
from app.sending import queries as sending

compose = Blueprint("compose", __name__, template_folder="../templates")

Answer = Response | str | tuple[str, int]
Draft = Any
PAGES = (("mail", Step.MAIL), ("body", Step.BODY), ("preview", None), ("send", Step.SEND))


@compose.context_processor
def _words() -> dict[str, Any]:
    return {"kind_name": kind_name, "kind_hints": kind_hints, "state_badge": state_badge, "plain": plain, "may": may}


def may(permission: str) -> bool:
    """Whether the member who looks may do a thing: what is not allowed is not offered."""
    return allowed(current_member().role, Permission(permission))


def plain(subject: str) -> str:
    """A subject as a heading of our own pages: merge tags read as their defaults."""
    return merge.render(subject, {})


def language() -> str:
    locale = get_locale()
    return locale.language if locale else "en"


def draft_or_elsewhere(mailing_id: int) -> tuple[Draft, Response | None]:
    """Return a mailing, and where to go instead when it is no draft any more."""
    mailing = queries.mailing(mailing_id)
    if sending.launch(mailing_id) is None:
        return mailing, None
    return mailing, redirect(url_for("compose.show", mailing_id=mailing_id), 303)


def step_page(template: str, current: str, mailing: Draft | None, **values: Any) -> str:
    """Render one of the four steps; each says what it still lacks."""
    checks = checklist(mailing, service.facts_of(mailing, now=clock.now())) if mailing is not None else []
    return render_template(
        f"compose/{template}.html", mailing=mailing, steps=_steps(current, mailing, checks), **values
    )


def _steps(current: str, mailing: Draft | None, checks: list[Check]) -> list[dict[str, Any]]:
    labels = {"mail": _("Mail"), "body": _("Body"), "preview": _("Preview and test"), "send": _("Send")}
    return [
        {
            "label": labels[page],
            "url": url_for(f"compose.{page}", mailing_id=mailing.id) if mailing is not None else None,
            "state": "current" if page == current else _state(step, checks) if mailing is not None else "todo",
            "hint": None,
        }
        for page, step in PAGES
    ]


def _state(step: Step | None, checks: list[Check]) -> str:
    if step not in (Step.MAIL, Step.BODY):
        return "todo"
    return "missing" if any(check.blocks for check in checks if check.step is step) else "done"
