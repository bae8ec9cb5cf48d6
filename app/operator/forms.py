"""Forms of the console."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.errors import DomainError, RateLimited
from app.operator.terms import Tone

LONGEST = 300


def _text(label: Any) -> TextAreaField:
    return TextAreaField(
        label,
        filters=[lambda text: text.strip() if text else text],
        validators=[
            InputRequired(_l("Write it in both languages: each member reads theirs.")),
            Length(max=LONGEST, message=_l("Use at most %(max)d characters.")),
        ],
        render_kw={"rows": "2", "maxlength": str(LONGEST)},
    )


def _moment(label: Any) -> DateTimeLocalField:
    return DateTimeLocalField(label, validators=[InputRequired(_l("Choose a day and a time."))])


class ConsoleForm(FlaskForm):
    """A form that can also carry what a service refused, at the field that the refusal is about."""

    status = 422

    def refuse(self, error: DomainError) -> None:
        said = _(error.message, **error.params)
        about = getattr(error, "about", None)
        if about in self:
            self[about].errors = [*self[about].errors, said]
        else:
            self.form_errors.append(said)
        if isinstance(error, RateLimited):
            self.status = error.status


class CodeForm(ConsoleForm):
    code = StringField(
        _l("Code"),
        validators=[InputRequired(_l("Enter the code.")), Length(max=40, message=_l("This is too long."))],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"},
    )


class AnnouncementForm(ConsoleForm):
    korean = _text(_l("In Korean"))
    english = _text(_l("In English"))
    tone = RadioField(
        _l("How it looks"),
        choices=[
            SelectChoice(Tone.TOLD, _l("Something to know")),
            SelectChoice(Tone.WARNING, _l("Something to be careful of")),
        ],
        default=Tone.TOLD,
        coerce=Tone,
    )
    begins_at = _moment(_l("Shown from"))
    ends_at = _moment(_l("Shown until"))
