"""The host name of a workspace's own."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, current_member, require
from app.core.errors import DomainError, NotFound
from app.core.limits import limit
from app.tenants import custom_host, queries
from app.tenants.forms.settings import HostForm
from app.tenants.routes.settings import tenants


@tenants.get("/settings/host")
@require(Permission.MANAGE_WORKSPACE)
def host() -> str:
    if not custom_host.offered() and not queries.current_workspace().custom_host:
        raise NotFound
    return _host_page(HostForm(formdata=None))


def _host_page(form: HostForm) -> str:
    present = queries.current_workspace().custom_host
    target = custom_host.alias_target()
    return render_template("tenants/settings/host.html", form=form, present=present, target=target)


@tenants.post("/settings/host")
@require(Permission.MANAGE_WORKSPACE)
def use_host() -> Response | tuple[str, int]:
    form = HostForm()
    if form.validate_on_submit():
        try:
            limit("host-checks", str(current_member().id), count=30, seconds=600)
            name = custom_host.use_host(form.host.data)
        except NotFound:
            raise
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("The workspace answers at %(host)s now. Members sign in there anew.", host=name), "success")
            return redirect(url_for(".host"), 303)
    return _host_page(form), form.status


@tenants.post("/settings/host/removals")
@require(Permission.MANAGE_WORKSPACE)
def leave_host() -> Response:
    custom_host.leave_host()
    flash(_("The workspace answers only at its address under ours now."), "success")
    return redirect(url_for(".host") if custom_host.offered() else url_for(".settings"), 303)
