"""Pictures as readers' mail programs ask for them: by a name that cannot be guessed, kept by caches for a year."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from app.core.errors import NotFound
from app.media import queries
from app.media.store import store

shown = Blueprint("media_shown", __name__)


@shown.get("/<name>")
def picture(name: str) -> Response:
    found = queries.named(name)
    content = store().get(found.name)
    if content is None:
        raise NotFound
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(content, mimetype=found.content_type, headers=headers)
