"""Forms at the door of a workspace."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

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


class CodeForm(Form):
    """Six digits of an app, or a recovery code."""

    code = StringField(
        _l("Code"),
        validators=[InputRequired(_l("Enter the code.")), Length(max=40, message=_l("This is too long."))],
        render_kw={"autocomplete": "one-time-code", "inputmode": "text", "spellcheck": "false", "maxlength": "40"},
    )


class PasskeyForm(Form):
    """What the browser says for a passkey, as JSON."""

    answer = HiddenField()
