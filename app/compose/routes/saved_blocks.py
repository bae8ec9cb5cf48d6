"""Saved blocks: kept from within the editor, and brought up to date or forgotten on a page of their own."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.compose import saved_blocks
from app.compose.routes.blueprint import compose
from app.compose.routes.body import Json
from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import DomainError
from app.core.unit import roll_back


@compose.get("/blocks")
@require(Permission.VIEW)
def blocks() -> str:
    rows = [(each, saved_blocks.uses(each.id)) for each in saved_blocks.saved_blocks()]
    return render_template("compose/blocks.html", rows=rows)


@compose.post("/blocks")
@require(Permission.WRITE)
def keep_block() -> Json:
    """Keep a block of the editor, or with ``id`` let a saved one say what this one says."""
    sent = request.get_json(silent=True) or {}
    block, number = sent.get("block"), sent.get("id")
    try:
        if isinstance(number, int):
            saved_blocks.change(saved_blocks.saved_block(number), block)
        else:
            number = saved_blocks.keep(str(sent.get("title") or ""), block).id
    except DomainError as error:
        roll_back()
        return {"error": _(error.message, **error.params)}, error.status
    return {"id": number}, 200


@compose.post("/blocks/<int:block_id>/renewals")
@require(Permission.WRITE)
def renew_block(block_id: int) -> Response:
    found = saved_blocks.renew(saved_blocks.saved_block(block_id), author_id=current_member().id, now=clock.now())
    words = ngettext("Updated in %(num)d place.", "Updated in %(num)d places.", len(found))
    flash(words, "success")
    return redirect(url_for(".blocks"), 303)


@compose.post("/blocks/<int:block_id>/deletions")
@require(Permission.WRITE)
def delete_block(block_id: int) -> Response:
    saved_blocks.delete(saved_blocks.saved_block(block_id))
    flash(_("The block is deleted. Mails keep their copies."), "success")
    return redirect(url_for(".blocks"), 303)
