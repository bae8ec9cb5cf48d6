"""The blueprint, and what its templates may say."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.access import Permission, allowed, current_member
from app.reports import saving, sentences, views, words
from app.sending.words import held_reason

# A mail is somebody's HTML: in its frame it gets no scripts, no forms, and an origin of its own.
BODY_POLICY = (
    "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline' https:; font-src https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
)

reports = Blueprint("reports", __name__, template_folder="../templates")
reports.app_template_global()(saving.saved_chart_url)
reports.after_request(saving.instead)


@reports.context_processor
def _template_words() -> dict[str, Any]:
    may_send = allowed(current_member().role, Permission.SEND)
    return {
        "words": words,
        "outcome": sentences.outcome,
        "pace": views.pace,
        "may_send": may_send,
        "held_reason": held_reason,
    }


def frame_of(html: str) -> Response:
    """Answer a mail as it is shown in a frame of a page, under lock."""
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = BODY_POLICY
    return response
