"""Forms of reports."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateTimeLocalField, DecimalField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from app.core.errors import DomainError


class ChoicesForm(FlaskForm):
    after_day = BooleanField(_l("24 hours after a mailing is done"))
    after_week = BooleanField(_l("7 days after a mailing is done"))
    bounce_limit = DecimalField(
        _l("Bounced mails, in percent"),
        [InputRequired(_l("Enter a number.")), NumberRange(Decimal("0.1"), 100, _l("Enter a number from 0.1 to 100."))],
        render_kw={"inputmode": "decimal"},
    )
    complaint_limit = DecimalField(
        _l("Complaints, in percent"),
        [InputRequired(_l("Enter a number.")), NumberRange(Decimal("0.01"), 10, _l("Enter a number from 0.01 to 10."))],
        render_kw={"inputmode": "decimal"},
    )
    stall_minutes = IntegerField(
        _l("Minutes without an answer"),
        [InputRequired(_l("Enter a number.")), NumberRange(5, 1440, _l("Enter a number from 5 to 1440."))],
        render_kw={"inputmode": "numeric"},
    )


class WishesForm(FlaskForm):
    weekly = BooleanField(_l("A summary each week, on its first day at eight"))
    monthly = BooleanField(_l("A summary each month, on its first day at eight"))
    alerts = BooleanField(_l("Warnings, when something goes beyond a limit"))


class MoveForm(FlaskForm):
    """Where in the calendar a mailing was dropped, on the workspace's clock."""

    at = DateTimeLocalField(validators=[InputRequired()], format="%Y-%m-%dT%H:%M")


class DmarcForm(FlaskForm):
    """A report of a receiver, as a file."""

    file = FileField(
        _l("Report (XML, ZIP or GZ)"),
        validators=[FileRequired(_l("Choose a file."))],
        render_kw={"accept": ".xml,.zip,.gz,application/zip,application/gzip,text/xml"},
    )
    status = 422

    def refuse(self, error: DomainError) -> None:
        self.file.errors = [*self.file.errors, _(error.message, **error.params)]
