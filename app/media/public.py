"""Pictures as readers' mail programs ask for them, and files that mails link to: by names that cannot be guessed.

What is behind a name never changes, so caches may keep it for a year. A file is saved, never shown: it would be shown
under the workspace's own address.
"""

from __future__ import annotations

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from app.core.errors import NotFound
from app.core.unit import roll_back
from app.media import queries
from app.media.kinds import attachment
from app.media.store import store

shown = Blueprint("media_shown", __name__)


HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@shown.get("/<name>")
def picture(name: str) -> Response:
    found = queries.served(name)
    content_type, saved_as = found.content_type, found.title if isinstance(found, queries.File) else ""
    # The store may be far away: no transaction waits for it.
    roll_back()
    elsewhere = store().address(name)
    if elsewhere is not None:
        return redirect(elsewhere, 302)
    content = store().get(name)
    if content is None:
        raise NotFound
    answer = Response(content, content_type=content_type, headers=HEADERS)
    if saved_as:
        answer.headers["Content-Disposition"] = attachment(saved_as)
    return answer
