"""Pictures as readers' mail programs ask for them, and files that mails link to: by names that cannot be guessed.

What is behind a name never changes, so caches may keep it for a year. A file is saved, never shown: it would be shown
under the workspace's own address.
"""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.errors import NotFound
from app.media import queries
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
    content = store().get(found.name)
    if content is None:
        raise NotFound
    answer = Response(content, content_type=found.content_type, headers=HEADERS)
    if isinstance(found, queries.File):
        # RFC 6266: the name as it is, whatever its letters.
        answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.title, safe='')}"
    return answer
