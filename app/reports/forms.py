"""Forms of reports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateTimeLocalField
from wtforms.validators import InputRequired


class ChoicesForm(FlaskForm):
    after_day = BooleanField(_l("24 hours after a mailing is done"))
    after_week = BooleanField(_l("7 days after a mailing is done"))


class MoveForm(FlaskForm):
    """Where in the calendar a mailing was dropped, on the workspace's clock."""

    at = DateTimeLocalField(validators=[InputRequired()], format="%Y-%m-%dT%H:%M")
