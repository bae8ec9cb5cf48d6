"""The roles of a workspace: the built-in ones to read, its own to make, change and delete."""

from __future__ import annotations

from collections import Counter

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import OwnRole, Permission, Role, current_member, may_give, require
from app.core.errors import DomainError, Forbidden, Invalid
from app.tenants import queries, service
from app.tenants.forms.roles import OwnRoleForm, RoleForm
from app.tenants.roles import all_roles, own_role, role_of
from app.tenants.routes.settings import myself, tenants
from app.tenants.words import permission_hints, role_hints, role_name

Page = Response | tuple[str, int] | str


@tenants.get("/settings/roles")
@require(Permission.MANAGE_MEMBERS)
def roles() -> str:
    return render_template(
        "tenants/settings/roles.html",
        roles=all_roles(),
        held=Counter(member.role.value for member in queries.members()),
        hints=role_hints(),
        role_name=role_name,
        may_change=lambda role: isinstance(role, OwnRole) and may_give(current_member().role, role),
    )


@tenants.get("/settings/roles/new")
@require(Permission.MANAGE_MEMBERS)
def new_role() -> str:
    return _role_page(OwnRoleForm(current_member().role))


def _role_page(form: OwnRoleForm, role: OwnRole | None = None) -> str:
    """A role with its rights. One that is there can be deleted; its members fall back to the least by default."""
    instead = RoleForm(current_member().role, but=role, formdata=None, role=Role.ANALYST.value) if role else None
    held = sum(member.role == role for member in queries.members())
    return render_template(
        "tenants/settings/role.html", form=form, role=role, instead=instead, held=held, hints=permission_hints()
    )


@tenants.post("/settings/roles")
@require(Permission.MANAGE_MEMBERS)
def make_role() -> Page:
    form = OwnRoleForm(current_member().role)
    if form.validate_on_submit():
        try:
            service.make_role(form.name.data, map(Permission, form.permissions.data), by=myself())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("The role is there. Give it to members, or invite somebody to it."), "success")
            return redirect(url_for(".roles"), 303)
    return _role_page(form), form.status


@tenants.get("/settings/roles/<int:role_id>")
@require(Permission.MANAGE_MEMBERS)
def role(role_id: int) -> str:
    found = _changeable(role_id)
    form = OwnRoleForm(current_member().role, formdata=None, name=found.name, permissions=sorted(found.permissions))
    return _role_page(form, found)


def _changeable(role_id: int) -> OwnRole:
    found = own_role(role_id)
    if not may_give(current_member().role, found):
        raise Forbidden
    return found


@tenants.post("/settings/roles/<int:role_id>")
@require(Permission.MANAGE_MEMBERS)
def save_role(role_id: int) -> Page:
    found = _changeable(role_id)
    form = OwnRoleForm(current_member().role)
    if form.validate_on_submit():
        try:
            service.change_role(
                role_id, name=form.name.data, permissions=map(Permission, form.permissions.data), by=myself()
            )
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("The role is changed. It is in force at once."), "success")
            return redirect(url_for(".roles"), 303)
    return _role_page(form, found), form.status


@tenants.post("/settings/roles/<int:role_id>/deletions")
@require(Permission.MANAGE_MEMBERS)
def delete_role(role_id: int) -> Response:
    form = RoleForm(current_member().role, but=_changeable(role_id))
    if not form.validate_on_submit():
        raise Invalid
    service.delete_role(role_id, instead=role_of(form.role.data), by=myself())
    flash(_("The role is deleted. Whoever had it has the other one now."), "success")
    return redirect(url_for(".roles"), 303)
