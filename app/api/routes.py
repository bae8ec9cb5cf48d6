"""Pages of keys for members: the keys there are, a new one, the end of one."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.api import describing, queries, service
from app.api.door import MOST_A_MINUTE
from app.api.forms import KeyForm
from app.api.operations import OPERATIONS
from app.api.words import scope_name
from app.core import clock
from app.core.access import Permission, allowed, current_member, require
from app.core.errors import DomainError, NotFound
from app.tenants.queries import MemberView, current_workspace, member, members

keys = Blueprint("keys", __name__, template_folder="templates")


@keys.get("/settings/keys")
@require(Permission.MANAGE_WORKSPACE)
def index() -> str:
    return _page(_form(KeyForm(formdata=None, scopes=[Permission.VIEW.value])))


def _form(form: KeyForm) -> KeyForm:
    form.offer({each.value: scope_name(each) for each in service.offered(_myself())})
    return form


def _myself() -> MemberView:
    found = member(current_member().id)
    if found is None:
        raise NotFound
    return found


def _page(form: KeyForm) -> str:
    return render_template(
        "api/keys.html",
        form=form,
        keys=queries.keys(),
        makers={each.id: each.display_name for each in members()},
        scope_name=scope_name,
        today=_today(),
        base=_base(),
    )


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(current_workspace().timezone)).date()


@keys.post("/settings/keys")
@require(Permission.MANAGE_WORKSPACE)
def make() -> tuple[str, int]:
    form = _form(KeyForm())
    if form.validate_on_submit():
        try:
            made = service.make_key(form.wish, maker=_myself(), today=_today())
        except DomainError as error:
            form.refuse(error)
        else:
            return render_template("api/key.html", token=made, name=form.name.data), 201
    return _page(form), form.status


@keys.post("/settings/keys/<int:key_id>/revocations")
@require(Permission.MANAGE_WORKSPACE)
def revoke(key_id: int) -> Response:
    service.revoke(key_id, now=clock.now())
    flash(_("The key is revoked: whoever comes with it is turned away at once."), "success")
    return redirect(url_for(".index"), 303)


@keys.get("/settings/keys/reference")
@require(Permission.VIEW)
def reference() -> str:
    """All that can be asked for, for whoever writes the program."""
    return render_template(
        "api/reference.html",
        operations=OPERATIONS,
        shapes=describing.shapes(),
        scope_name=scope_name,
        base=_base(),
        most=MOST_A_MINUTE,
        may_manage=allowed(current_member().role, Permission.MANAGE_WORKSPACE),
    )


def _base() -> str:
    return f"{current_workspace().url}/api/v1"
