"""The blueprint, and what all its pages have in common: the steps at the top, who may see them when."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import approvals, queries, service
from app.compose.attachments import Attached, attached
from app.compose.checklist import Check, Step, checklist
from app.compose.words import kind_hints, kind_name, size_in_words, state_badge, wanted_when
from app.core import clock
from app.core.access import Permission, allowed, current_member
from app.document import merge
from app.sending import queries as sending
from app.sending.words import held_reason
from app.templates_mgmt.sharing import Viewer
from app.tenants.queries import current_workspace

compose = Blueprint("compose", __name__, template_folder="../templates")

Answer = Response | str | tuple[str, int]
Draft = Any
PAGES = (
    ("place", None), ("mail", Step.MAIL), ("body", Step.BODY), ("audience", Step.AUDIENCE), ("preview", None),
    ("send", Step.SEND),
)  # fmt: skip


@compose.context_processor
def _words() -> dict[str, Any]:
    return {
        "kind_name": kind_name, "kind_hints": kind_hints, "state_badge": state_badge, "plain": plain, "may": may,
        "held_reason": held_reason, "approvals_waiting": approvals_waiting, "size_in_words": size_in_words,
        "files_of": files_of, "wanted_when": wanted_when,
    }  # fmt: skip


def approvals_waiting() -> int | None:
    """How many mails wait for a yes; None where nobody has to ask."""
    waiting = len(approvals.waiting())
    return waiting if waiting or current_workspace().approval_roles else None


def files_of(holder: Draft) -> list[Attached]:
    """The files of a mail, or of a version of one."""
    return attached(holder.attachments)


def may(permission: str) -> bool:
    """Whether the member who looks may do a thing: what is not allowed is not offered."""
    return allowed(current_member().role, Permission(permission))


def viewer() -> Viewer:
    """The member who looks, for what is not shown to everybody."""
    return Viewer(current_member().id, current_member().role)


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
    """Render one of the steps; each says what it still lacks."""
    steps = steps_of(current, mailing)
    return render_template(f"compose/{template}.html", mailing=mailing, steps=steps, **values)


def steps_of(current: str, mailing: Draft | None) -> list[dict[str, Any]]:
    """Return the way of a mail from its campaign to its report, for the line at the top of its pages."""
    launched = mailing is not None and sending.launch(mailing.id) is not None
    checks = [] if mailing is None or launched else checklist(mailing, service.facts_of(mailing, now=clock.now()))
    labels = {
        "place": _("Campaign"), "mail": _("Mail"), "body": _("Body"), "audience": _("Recipients"),
        "preview": _("Preview and test"), "send": _("Send"),
    }  # fmt: skip
    steps = []
    for page, step in PAGES:
        state, hint = ("done", "") if launched else _standing(page, step, mailing, checks)
        url = url_for(f"compose.{page}", mailing_id=mailing.id) if mailing is not None else None
        state = "current" if page == current else state
        steps.append({"label": labels[page], "url": url, "state": state, "hint": hint})
    report = url_for("reports.show", mailing_id=mailing.id) if launched and mailing is not None else None
    return [*steps, {"label": _("Report"), "url": report, "state": "todo", "hint": ""}]


def _standing(page: str, step: Step | None, mailing: Draft | None, checks: list[Check]) -> tuple[str, str]:
    """Return the state of a step, and in words what it lacks."""
    if mailing is None:
        return "todo", ""
    if page == "place":
        return ("done", "") if mailing.campaign_id else ("todo", "")
    if page == "preview":
        return ("done", "") if mailing.tested_version == mailing.version else ("todo", _("Not tested as it is now."))
    lacks = [check.text for check in checks if check.blocks and (check.step is step or page == "send")]
    return ("missing", " ".join(lacks)) if lacks else ("todo" if page == "send" else "done", "")
