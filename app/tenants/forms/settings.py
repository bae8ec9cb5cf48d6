"""Forms of a workspace's settings and of a person's own."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext
from wtforms import BooleanField, EmailField, HiddenField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import AnyOf, Email, InputRequired, Length, Optional, Regexp, ValidationError

from app.core.clock import now
from app.tenants.colour import readable_on_white
from app.tenants.forms.fields import Form, email_field, lowered, name_field, new_password_field, password_field
from app.tenants.support import HOURS
from app.tenants.words import LOCALE_NAMES, timezone_choices

LOCALE_CHOICES = [SelectChoice(code, name) for code, name in LOCALE_NAMES.items()]
THEME_CHOICES = [
    SelectChoice("auto", _l("Same as the system")),
    SelectChoice("light", _l("Light")),
    SelectChoice("dark", _l("Dark")),
]


class WorkspaceForm(Form):
    name = name_field(_l("Name of the workspace"), autocomplete="organization")
    locale = SelectField(_l("Language of the workspace"), choices=LOCALE_CHOICES)
    timezone = SelectField(_l("Time zone"))
    sender_name = name_field(_l("Sender name"), required=False)
    sender_address = EmailField(
        _l("Sender address"),
        filters=[lowered],
        validators=[
            Optional(),
            Length(max=254, message=_l("This address is too long.")),
            Email(_l("This is not an e-mail address. It looks like name@example.com.")),
        ],
        render_kw={"spellcheck": "false"},
    )
    brand_color = StringField(
        _l("Brand colour"),
        filters=[lowered],
        validators=[
            InputRequired(_l("Choose a colour, as in #1f4e79.")),
            Regexp(re.compile(r"#[0-9a-f]{6}\Z"), message=_l("Choose a colour, as in #1f4e79.")),
        ],
        render_kw={"type": "color"},
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        present = given["obj"].timezone if given.get("obj") else "Etc/UTC"
        self.timezone.choices = [SelectChoice(*choice) for choice in timezone_choices(now(), present)]

    def validate_brand_color(self, field: StringField) -> None:
        if not field.errors and not readable_on_white(field.data):
            raise ValidationError(
                _l("This colour is too light: white letters on it could not be read. Take a darker one.")
            )


class HostForm(Form):
    host = StringField(
        _l("Host name"),
        filters=[lowered],
        validators=[InputRequired(_l("Enter a host name.")), Length(max=254, message=_l("This is too long."))],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"},
    )


class ProfileForm(Form):
    name = name_field(_l("Your name"), autocomplete="name")
    locale = SelectField(
        _l("Your language"),
        choices=[SelectChoice("", _l("Same as the browser")), *LOCALE_CHOICES],
        filters=[lambda text: text or None],
    )
    theme = RadioField(_l("Theme"), choices=THEME_CHOICES)


class PasswordForm(Form):
    old = password_field(_l("Current password"))
    new = new_password_field(_l("New password"))


class ConfirmedForm(Form):
    """Something that an open browser is not enough for."""

    password = password_field(_l("Your password"))


class AddressForm(ConfirmedForm):
    email = email_field(_l("New e-mail address"))


class AppOffForm(ConfirmedForm):
    old = StringField(
        _l("Code of your app so far, or a recovery code"),
        validators=[Optional(), Length(max=40, message=_l("This is too long."))],
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false", "maxlength": "40"},
    )


class AppForm(AppOffForm):
    code = StringField(
        _l("Code"),
        validators=[InputRequired(_l("Enter the six digits that the app shows."))],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "12"},
    )
    sealed = HiddenField()


class NewPasskeyForm(ConfirmedForm):
    name = name_field(_l("Name of the passkey"), required=False)
    answer = HiddenField()


class RequirementForm(Form):
    required = BooleanField(_l("Everybody in this workspace needs a second step"))


class PreferencesForm(Form):
    """Language or theme, from the menu of every page."""

    locale = StringField(validators=[Optional(), AnyOf(list(LOCALE_NAMES))])
    theme = StringField(validators=[Optional(), AnyOf([choice.value for choice in THEME_CHOICES])])


class SupportForm(Form):
    """For how long operators may look around."""

    hours = SelectField(
        _l("For how long"),
        coerce=int,
        default=4,
        choices=[SelectChoice(hours, lazy_ngettext("%(num)d hour", "%(num)d hours", hours)) for hours in HOURS],
    )
