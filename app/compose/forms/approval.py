"""The form of a yes or no to somebody's mail."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, TextAreaField
from wtforms.validators import Length
from wtforms.widgets import HiddenInput


class DecisionForm(FlaskForm):
    """`count` is how many people the button named."""

    count = IntegerField(widget=HiddenInput(), default=0)
    reply = TextAreaField(
        _l("What should be changed"), [Length(max=1000, message=_l("Use at most %(max)d characters."))],
        render_kw={"rows": 3},
    )  # fmt: skip
