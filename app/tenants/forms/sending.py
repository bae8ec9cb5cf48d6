"""Forms of what a workspace asks for before it sends."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import Length, NumberRange, Optional, Regexp

from app.core.access import AnyRole, Permission, Role, allowed
from app.tenants.approvers import Approvers
from app.tenants.forms.fields import Form, stripped
from app.tenants.legal import Law, LegalSender
from app.tenants.queries import Workspace
from app.tenants.roles import own_roles
from app.tenants.words import role_name


class SendingForm(Form):
    typed_over = IntegerField(
        _l("Ask me to type the number above this many people"),
        [Optional(), NumberRange(1, 100_000_000, _l("Enter a number from 1 to 100,000,000."))],
        render_kw={"inputmode": "numeric"},
    )


class ApprovalForm(Form):
    roles = SelectMultipleField(_l("Who must ask"))
    approved_by = RadioField(
        _l("Who approves"),
        choices=[
            SelectChoice(Approvers.ADMINS, _l("Administrators and owners")),
            SelectChoice(Approvers.ANYBODY, _l("Any second person who may send")),
        ],
        default=Approvers.ADMINS,
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        senders = [role for role in own_roles() if allowed(role, Permission.SEND)]
        asked: list[AnyRole] = [Role.EDITOR, Role.ADMIN, Role.OWNER, *senders]
        self.roles.choices = [SelectChoice(role.value, role_name(role)) for role in asked]

    def see(self, workspace: Workspace) -> None:
        self.roles.data, self.approved_by.data = workspace.approval_roles.split(), workspace.approved_by


def _line(label: Any, longest: int, **attributes: str) -> StringField:
    return StringField(
        label,
        filters=[stripped],
        validators=[
            Optional(),
            Length(max=longest, message=_l("Use at most %(max)d characters.")),
            Regexp(re.compile(r"[^\x00-\x1f\x7f<>{}]*\Z"), message=_l("This must be one line, without < > { }.")),
        ],
        render_kw=attributes,
    )


class LegalForm(Form):
    law = RadioField(
        _l("Which law your mails follow"),
        choices=[SelectChoice(Law.KOREA, _l("Korea")), SelectChoice(Law.ELSEWHERE, _l("Elsewhere"))],
    )
    legal_name = _line(_l("Legal name"), 100, autocomplete="organization")
    postal_address = _line(_l("Postal address"), 200, autocomplete="street-address")
    phone = _line(_l("Telephone"), 40, autocomplete="tel", inputmode="tel")
    contact_address = _line(_l("Contact address"), 200)

    def see(self, workspace: Workspace) -> None:
        """Show what is stored."""
        for name in ("legal_name", "postal_address", "phone", "contact_address"):
            self[name].data = getattr(workspace, name)
        self.law.data = workspace.legal.law.value

    @property
    def sender(self) -> LegalSender:
        return LegalSender(
            Law(self.law.data),
            self.legal_name.data or "",
            self.postal_address.data or "",
            self.phone.data or "",
            self.contact_address.data or "",
        )
