"""The form that asks for the end of a workspace."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.core.errors import DomainError


class EraseForm(FlaskForm):
    typed = StringField(
        _l("Address of the workspace"),
        validators=[InputRequired(_l("Type the address.")), Length(max=100, message=_l("This is too long."))],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    status = 422

    def refuse(self, error: DomainError) -> None:
        self.typed.errors = [*self.typed.errors, _(error.message, **error.params)]
