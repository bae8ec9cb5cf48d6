"""Forms of invitations and roles. What somebody may not give is not among the choices."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectField, SelectMultipleField

from app.core.access import AnyRole, Permission, Role, allowed, may_give
from app.tenants.forms.fields import Form, email_field, name_field
from app.tenants.roles import all_roles
from app.tenants.words import PERMISSION_NAMES, role_name


def role_choices(giver: AnyRole, *, but: AnyRole | None = None) -> list[SelectChoice]:
    """Return the roles that somebody may give."""
    return [SelectChoice(role.value, role_name(role)) for role in all_roles() if may_give(giver, role) and role != but]


class InvitationForm(Form):
    email = email_field(_l("E-mail address"), autocomplete="off")
    role = RadioField(_l("Role"), default=Role.EDITOR.value)

    def __init__(self, giver: AnyRole, **given: Any) -> None:
        super().__init__(**given)
        self.role.choices = role_choices(giver)


class RoleForm(Form):
    """Another role for somebody, or in the place of one that is deleted."""

    role = SelectField(_l("Role"))

    def __init__(self, giver: AnyRole, *, but: AnyRole | None = None, **given: Any) -> None:
        super().__init__(**given)
        self.role.choices = role_choices(giver, but=but)


class OwnRoleForm(Form):
    name = name_field(_l("Name of the role"), longest=40, autocomplete="off")
    permissions = SelectMultipleField(_l("What one can do beside seeing everything"))

    def __init__(self, maker: AnyRole, **given: Any) -> None:
        super().__init__(**given)
        offered = [each for each in Permission if each is not Permission.VIEW and allowed(maker, each)]
        self.permissions.choices = [SelectChoice(each.value, _(PERMISSION_NAMES[each])) for each in offered]
