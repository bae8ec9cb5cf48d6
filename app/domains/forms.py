"""The form of a new sending domain. What may be one is a rule of `app.domains.names`."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.core.errors import DomainError, RateLimited


class DomainForm(FlaskForm):
    name = StringField(
        _l("Domain"),
        validators=[InputRequired(_l("Enter a domain.")), Length(max=300, message=_l("This is too long."))],
        render_kw={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "inputmode": "url"},
    )
    status = 422

    def refuse(self, error: DomainError) -> None:
        """Show at the field why a domain was not taken."""
        self.name.errors = [*self.name.errors, _(error.message, **error.params)]
        if isinstance(error, RateLimited):
            self.status = error.status
