"""The blueprint, and what its templates may say."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from app.core.access import Permission, allowed, current_member
from app.reports import sentences, views, words

reports = Blueprint("reports", __name__, template_folder="../templates")


@reports.context_processor
def _template_words() -> dict[str, Any]:
    may_send = allowed(current_member().role, Permission.SEND)
    return {"words": words, "outcome": sentences.outcome, "pace": views.pace, "may_send": may_send}
