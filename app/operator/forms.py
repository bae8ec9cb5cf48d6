"""Forms of the console."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.errors import DomainError
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


class AnnouncementForm(FlaskForm):
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

    def refuse(self, error: DomainError) -> None:
        """Show at the end of the span why it was not taken."""
        self.ends_at.errors = [*self.ends_at.errors, _(error.message, **error.params)]
