"""All workspaces: finding one, seeing how it is, stopping it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.compose.words import state_badge
from app.core.clock import now
from app.core.errors import NotFound
from app.core.tenancy import tenant_scope
from app.domains.words import standing
from app.operator import overview, queries, words
from app.operator.queries import Show
from app.tenants import mail_orders, service, support, suspension
from app.tenants.support import Act
from app.tenants.words import act_name, role_name

workspaces = Blueprint("workspaces", __name__, template_folder="../templates")


@workspaces.get("/")
def index() -> str:
    text, show = request.args.get("q", "")[:200], _shown()
    found = queries.workspaces(text, show, request.args.get("before", type=int))
    rows = found[: queries.PAGE]
    return render_template(
        "operator/workspaces.html",
        rows=rows,
        text=text,
        show=show,
        shows={each: _(name) for each, name in words.SHOWN.items()},
        more=rows[-1].id if len(found) > len(rows) else None,
        badges=words.state_badges,
    )


def _shown() -> Show:
    try:
        return Show(request.args.get("show", Show.ALL))
    except ValueError:
        return Show.ALL


@workspaces.get("/workspaces/<int:tenant_id>")
def show(tenant_id: int) -> str:
    row = queries.workspace_row(tenant_id)
    if row is None:
        raise NotFound
    return render_template(
        "operator/workspace.html",
        row=row,
        seen=overview.overview(tenant_id),
        badges=words.state_badges(row),
        act_name=act_name,
        role_name=role_name,
        standing=standing,
        state_badge=state_badge,
    )


@workspaces.post("/workspaces/<int:tenant_id>/suspensions")
def suspend(tenant_id: int) -> Response:
    suspension.suspend(tenant_id, reason=_me())
    return _done(tenant_id, Act.SUSPENDED, _("The workspace is suspended: nothing of it leaves from now on."))


@workspaces.post("/workspaces/<int:tenant_id>/suspensions/removals")
def reinstate(tenant_id: int) -> Response:
    suspension.reinstate(tenant_id)
    return _done(tenant_id, Act.REINSTATED, _("The workspace sends again, first what waited."))


@workspaces.post("/workspaces/<int:tenant_id>/stops")
def stop(tenant_id: int) -> Response:
    mail_orders.stop_tenant(tenant_id, reason=_me())
    return _done(
        tenant_id, Act.MAIL_STOPPED, _("No mail of this workspace leaves from now on. What is queued is kept.")
    )


@workspaces.post("/workspaces/<int:tenant_id>/stops/removals")
def release(tenant_id: int) -> Response:
    mail_orders.release_tenant(tenant_id)
    return _done(tenant_id, Act.MAIL_RELEASED, _("Mail of this workspace leaves again."))


@workspaces.post("/workspaces/<int:tenant_id>/members/<int:member_id>/second-factor-resets")
def reset_factor(tenant_id: int, member_id: int) -> Response:
    with tenant_scope(tenant_id):
        service.ask_reset(member_id, by="messagepark", now=now())
    return _done(
        tenant_id,
        Act.FACTOR_RESET,
        _("They are told now. From this time tomorrow they come in without the second step."),
    )


@workspaces.post("/workspaces/<int:tenant_id>/visits")
def visit(tenant_id: int) -> Response:
    if queries.workspace_row(tenant_id) is None:
        raise NotFound
    token = support.visit(tenant_id, by=_me(), now=now())
    return redirect(f"{overview.door(tenant_id)}/support-visits/{token}", 303)


def _me() -> str:
    return str(current_user.email)


def _done(tenant_id: int, act: Act, said: str) -> Response:
    support.note(act, by=_me(), tenant_id=tenant_id)
    flash(said, "success")
    return redirect(url_for(".show", tenant_id=tenant_id), 303)
