"""Forms of reports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField


class ChoicesForm(FlaskForm):
    after_day = BooleanField(_l("24 hours after a mailing is done"))
    after_week = BooleanField(_l("7 days after a mailing is done"))
