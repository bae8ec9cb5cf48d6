"""Forms of the settings of tracking."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField


class SwitchesForm(FlaskForm):
    track_opens = BooleanField(_l("Count opens"))
    track_clicks = BooleanField(_l("Count clicks on links"))
