"""Forms at the door of a workspace."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.tenants.forms.fields import Form, email_field, name_field, new_password_field, password_field


class SignInForm(Form):
    email = email_field(_l("E-mail address"), autocomplete="username")
    password = password_field(_l("Password"))


class ResetRequestForm(Form):
    email = email_field(_l("E-mail address"))


class NewPasswordForm(Form):
    password = new_password_field(_l("New password"))


class VerificationForm(Form):
    password = password_field(_l("Password"))


class ConfirmationForm(Form):
    """A button, for somebody whose password is known already."""


class JoinForm(Form):
    """For an address that has an account."""

    password = password_field(_l("Your password"))


class NewMemberForm(Form):
    """For an address that has none."""

    name = name_field(_l("Your name"), autocomplete="name")
    password = new_password_field(_l("Password"))
