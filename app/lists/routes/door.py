"""The blueprint, and what its templates may say."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from app.core.access import Permission, allowed, current_member
from app.core.errors import NotFound
from app.lists import queries, words
from app.lists.forms import LARGEST_FILE, LARGEST_SUPPRESSIONS, LONGEST_PASTE
from app.lists.kinds import shown
from app.lists.queries import Contact, ContactList
from app.lists.segments import words as segment_words

_LARGEST = {"lists.start_import": LARGEST_FILE, "lists.take_in_suppressions": LARGEST_SUPPRESSIONS}

lists = Blueprint("lists", __name__, template_folder="../templates")


@lists.url_value_preprocessor
def _allow_big_sources(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Before the CSRF check reads the form: elsewhere, a text field and a request have much smaller limits.
    if endpoint in _LARGEST:
        request.max_form_memory_size = LONGEST_PASTE
        request.max_content_length = _LARGEST[endpoint]


@lists.context_processor
def _vocabulary() -> dict[str, Any]:
    member = current_member()
    return {
        "may_edit": allowed(member.role, Permission.EDIT_LISTS),
        "state_name": words.state_name,
        "op_name": segment_words.op_name,
        "join_name": segment_words.join_name,
        "state_tone": words.state_tone,
        "suppression_name": words.suppression_name,
        "import_name": words.import_name,
        "import_tone": words.import_tone,
        "source_name": words.source_name,
        "reason_text": words.reason_text,
        "target_name": words.target_name,
        "delimiter_name": words.delimiter_name,
        "problem_text": words.problem_text,
        "kind_name": words.kind_name,
        "bulk_name": words.bulk_name,
        "bulk_state": words.bulk_state,
        "export_state": words.export_state,
        "shown": shown,
    }


def the_list(list_id: int) -> ContactList:
    found = queries.contact_list(list_id)
    if found is None:
        raise NotFound
    return found


def the_contact(contact_id: int) -> Contact:
    found = queries.contact(contact_id)
    if found is None:
        raise NotFound
    return found


def number_from(name: str) -> int | None:
    """Return a number of the query string, or None."""
    return request.args.get(name, type=int)
