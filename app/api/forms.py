"""The form that a key is made with."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.api.service import Wish
from app.core.access import Permission
from app.core.errors import DomainError
from app.core.lines import one_line


class KeyForm(FlaskForm):
    name = StringField(
        _l("Name"),
        filters=[one_line],
        validators=[
            InputRequired(_l("Give the key a name: what will use it?")),
            Length(max=100, message=_l("Use at most %(max)d characters.")),
        ],
    )
    scopes = SelectMultipleField(_l("What it may do"), validators=[InputRequired(_l("Choose at least one thing."))])
    expires_on = DateField(_l("Last day"), validators=[Optional()])
    networks = StringField(
        _l("Networks"),
        validators=[Optional(), Length(max=1000, message=_l("Use at most %(max)d characters."))],
        render_kw={"spellcheck": "false", "autocapitalize": "none"},
    )
    status = 422

    def offer(self, scopes: dict[str, str]) -> None:
        self.scopes.choices = list(scopes.items())

    @property
    def wish(self) -> Wish:
        return Wish(
            name=self.name.data or "",
            scopes=frozenset(map(Permission, self.scopes.data or ())),
            expires_on=self.expires_on.data,
            networks=(self.networks.data or "").replace(",", " ").split(),
        )

    def refuse(self, error: DomainError) -> None:
        """Show a domain error at the field it is about, or above the form."""
        text = _(error.message, **error.params)
        field = getattr(error, "about", "")
        if field in self:
            self[field].errors = [*self[field].errors, text]
        else:
            self.form_errors.append(text)
