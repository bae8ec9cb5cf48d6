"""Fields that several of the forms have."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import Email, InputRequired, Length, Regexp

from app.core.errors import DomainError, RateLimited
from app.tenants.passphrases import LONGEST, SHORTEST
from app.tenants.words import said

# A name ends up in the subject of mails to people who did not choose it: nothing in it may become a link.
PLAIN_NAME = re.compile(r"(?!.*(?:://|www\.|\w\.\w{2,}))[^\x00-\x1f\x7f<>]*\Z", re.IGNORECASE)


class Form(FlaskForm):
    """A form that can also carry what a service refused."""

    status = 422

    def refuse(self, error: DomainError, *, at: str | None = None) -> None:
        """Show a domain error at a field (the one named, or the one it is about), or above the form."""
        name = at or getattr(error, "about", None)
        if name in self:
            self[name].errors = [*self[name].errors, said(error)]
        else:
            self.form_errors.append(said(error))
        if isinstance(error, RateLimited):
            self.status = RateLimited.status


def stripped(text: str | None) -> str | None:
    return text.strip() if text else text


def lowered(text: str | None) -> str | None:
    return text.strip().lower() if text else text


def email_field(label: Any, **attributes: str) -> EmailField:
    return EmailField(
        label,
        filters=[lowered],
        validators=[
            InputRequired(_l("Enter an e-mail address.")),
            Length(max=254, message=_l("This address is too long.")),
            Email(_l("This is not an e-mail address. It looks like name@example.com.")),
        ],
        render_kw={"autocomplete": "email", "inputmode": "email", "spellcheck": "false", **attributes},
    )


def password_field(label: Any) -> PasswordField:
    """The password that somebody has."""
    return PasswordField(
        label,
        validators=[InputRequired(_l("Enter the password.")), Length(max=LONGEST, message=_l("This is too long."))],
        render_kw={"autocomplete": "current-password"},
    )


def new_password_field(label: Any) -> PasswordField:
    return PasswordField(
        label,
        description=_l("At least 10 characters. A few words are fine."),
        validators=[
            InputRequired(_l("Choose a password.")),
            Length(min=SHORTEST, message=_l("Use at least 10 characters.")),
            Length(max=LONGEST, message=_l("Use at most 200 characters.")),
        ],
        render_kw={"autocomplete": "new-password", "minlength": str(SHORTEST)},
    )


def name_field(label: Any, *, longest: int = 60, required: bool = True, **attributes: str) -> StringField:
    return StringField(
        label,
        filters=[stripped],
        validators=[
            *([InputRequired(_l("Enter a name."))] if required else []),
            Length(max=longest, message=_l("Use at most %(max)d characters.")),
            Regexp(PLAIN_NAME, message=_l("A name may not hold a web address or the signs < and >.")),
        ],
        render_kw=attributes,
    )
