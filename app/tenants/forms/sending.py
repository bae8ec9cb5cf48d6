"""Forms of what a workspace asks for before it sends."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from app.tenants.forms.fields import Form


class SendingForm(Form):
    typed_over = IntegerField(
        _l("Ask me to type the number above this many people"),
        [Optional(), NumberRange(1, 100_000_000, _l("Enter a number from 1 to 100,000,000."))],
        render_kw={"inputmode": "numeric"},
    )
