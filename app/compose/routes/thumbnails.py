"""Small pictures of mails, templates and starters, for wherever they are chosen from."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from app.compose import thumbnails
from app.compose.routes.blueprint import compose, language
from app.core.access import Permission, require


@compose.get("/mailings/<int:mailing_id>/thumbnail")
@require(Permission.VIEW)
def mailing_thumbnail(mailing_id: int) -> Response:
    return _answer("mailing", str(mailing_id))


@compose.get("/thumbnails/templates/<int:template_id>")
@require(Permission.VIEW)
def template_thumbnail(template_id: int) -> Response:
    return _answer("template", str(template_id))


@compose.get("/thumbnails/starters/<code>")
@require(Permission.VIEW)
def starter_thumbnail(code: str) -> Response:
    return _answer("starter", f"{code}.{language()}")


def _answer(kind: str, name: str) -> Response:
    """Answer with the picture; who has it already is told so in few bytes."""
    made = thumbnails.thumbnail(thumbnails.sheet(kind, name))
    answer = Response(made.content, content_type=made.content_type)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.set_etag(made.digest)
    return answer.make_conditional(request)
