"""The form of a mail that comes again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.compose.recurrence import WEEKDAYS, LeapDay, Rhythm, read_rule
from app.compose.series import Kept, OnDate
from app.core.errors import DomainError


class SeriesForm(FlaskForm):
    """How often a mail comes, on the workspace's clock."""

    often = RadioField(_l("How often"), default="DAILY")
    weekdays = SelectMultipleField(
        _l("On these days of the week"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    month_day = SelectField(_l("Day of the month"), coerce=int, default=1)
    nth = SelectField(_l("Which one in the month"), coerce=int, default=1)
    nth_weekday = SelectField(_l("Day of the week"), default="MO")
    rule = StringField(_l("Rule"), [Length(max=200)], render_kw={"spellcheck": "false"})
    field_key = SelectField(_l("Field with the date"), default="")
    offset = IntegerField(
        _l("Days after it"), [InputRequired(_l("Enter a number.")), NumberRange(-366, 366)], default=0
    )
    leap_day = RadioField(_l("People of 29 February, in other years"), default=LeapDay.BEFORE.value)
    at_time = TimeField(_l("At what time"), [InputRequired(_l("Choose a time."))], default=time(9))
    starts_on = DateField(_l("Starts on"), [InputRequired(_l("Choose a day."))])
    ends_on = DateField(_l("Until"), [Optional()])
    skipped = TextAreaField(_l("Not on these days"), render_kw={"rows": 3, "placeholder": "2027-01-01"})
    typed = StringField(
        _l("Type the number of recipients"), [Length(max=20)], render_kw={"inputmode": "numeric", "autocomplete": "off"}
    )
    note = TextAreaField(
        _l("Words for whoever approves"),
        [Length(max=1000, message=_l("Use at most %(max)d characters."))],
        render_kw={"rows": 3},
    )
    report = BooleanField(_l("Send me the report of each"), default=True)

    def offer(self, weekdays: Sequence[str], date_fields: Iterable[Any]) -> None:
        """Name the choices; `weekdays` from Monday on."""
        often = {
            "DAILY": _("Every day"), "WORKDAYS": _("On working days (Monday to Friday)"), "WEEKLY": _("Every week"),
            "MONTHLY": _("Every month on a day"), "NTH": _("Every month on a day of the week"),
            "PERSON": _("On a date of each person, such as the birthday"), "RULE": _("By a rule (RFC 5545)"),
        }  # fmt: skip
        self.often.choices = [SelectChoice(key, label) for key, label in often.items()]
        days = [SelectChoice(key, name) for key, name in zip(WEEKDAYS, weekdays, strict=True)]
        self.weekdays.choices = self.nth_weekday.choices = days
        last = SelectChoice(-1, _("the last"))
        self.month_day.choices = [*(SelectChoice(n, str(n)) for n in range(1, 32)), last]
        self.nth.choices = [*(SelectChoice(n, _("number %(n)s", n=n)) for n in range(1, 5)), last]
        self.field_key.choices = [SelectChoice("", "–"), *(SelectChoice(f.key, f.title) for f in date_fields)]
        self.leap_day.choices = [
            SelectChoice(LeapDay.BEFORE.value, _("on 28 February")), SelectChoice(LeapDay.AFTER.value, _("on 1 March"))
        ]  # fmt: skip

    def validate_often(self, field: RadioField) -> None:
        if field.data == "WEEKLY" and not self.weekdays.data:
            raise ValidationError(_("Choose at least one day of the week."))
        if field.data == "PERSON" and not self.field_key.data:
            raise ValidationError(_("Choose the field with the date."))

    def validate_rule(self, field: StringField) -> None:
        if self.often.data == "RULE":
            try:
                read_rule(field.data or "")
            except DomainError as error:
                raise ValidationError(_(error.message, **error.params)) from error

    def validate_ends_on(self, field: DateField) -> None:
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("The end is before the beginning."))

    def validate_skipped(self, field: TextAreaField) -> None:
        self.days_off: list[date] = []
        for word in (field.data or "").replace(",", " ").split():
            try:
                self.days_off.append(date.fromisoformat(word))
            except ValueError as error:
                raise ValidationError(
                    _("“%(text)s” is not a day. It looks like 2027-01-01.", text=word[:40])
                ) from error

    @property
    def rhythm(self) -> Rhythm:
        rules = {
            "DAILY": "FREQ=DAILY",
            "WORKDAYS": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
            "WEEKLY": f"FREQ=WEEKLY;BYDAY={','.join(self.weekdays.data or ())}",
            "MONTHLY": f"FREQ=MONTHLY;BYMONTHDAY={self.month_day.data}",
            "NTH": f"FREQ=MONTHLY;BYDAY={self.nth.data}{self.nth_weekday.data}",
            "PERSON": "FREQ=DAILY",
        }
        rule = rules.get(self.often.data) or read_rule(self.rule.data or "")
        return Rhythm(rule, self.at_time.data, self.starts_on.data, self.ends_on.data, frozenset(self.days_off))

    @property
    def on_date(self) -> OnDate | None:
        if self.often.data != "PERSON":
            return None
        return OnDate(self.field_key.data, self.offset.data, LeapDay(self.leap_day.data))

    def see(self, kept: Kept) -> None:
        self.often.data, self.rule.data = "PERSON" if kept.field_key else "RULE", kept.rule
        self.field_key.data, self.offset.data, self.leap_day.data = kept.field_key, kept.offset, kept.leap_day
        self.at_time.data, self.starts_on.data, self.ends_on.data = kept.at_time, kept.starts_on, kept.ends_on
        self.skipped.data = "\n".join(day.isoformat() for day in kept.skipped)
        self.report.data = bool(kept.report_to)
