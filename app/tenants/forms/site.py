"""Forms of the site: sign-up, and the ways to one's workspace."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.tenants.forms.fields import Form, email_field, lowered, name_field, new_password_field


class ProvenSignUpForm(Form):
    """A new workspace, for somebody whose address a provider has confirmed."""

    workspace_name = name_field(_l("Name of the workspace"), autocomplete="organization")
    slug = StringField(
        _l("Address of the workspace"),
        filters=[lowered],
        validators=[InputRequired(_l("Choose an address."))],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "maxlength": "40"},
    )


class SignUpForm(ProvenSignUpForm):
    email = email_field(_l("E-mail address"))
    password = new_password_field(_l("Password"))


class FindForm(Form):
    email = email_field(_l("E-mail address"))


class WhereForm(Form):
    """Either the address of a workspace, or a person's e-mail address."""

    place = StringField(
        _l("Address of the workspace, or your e-mail address"),
        filters=[lowered],
        validators=[InputRequired(_l("Enter one of the two.")), Length(max=254)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )

    def tell_unknown(self) -> None:
        self.place.errors = [_("No workspace has this address. Check the spelling, or enter your e-mail address.")]
