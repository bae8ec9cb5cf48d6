"""Forms of the settings of tracking."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.ASCII)
MOST_HOSTS = 20


class SwitchesForm(FlaskForm):
    track_opens = BooleanField(_l("Count opens"))
    track_clicks = BooleanField(_l("Count clicks on links"))
    track_reading = BooleanField(_l("Tell how long mails are read"))


class OrdersForm(FlaskForm):
    shop_hosts = TextAreaField(
        _l("Your shops"), render_kw={"rows": 3, "spellcheck": "false", "placeholder": "shop.example.com"}
    )
    conversion_days = IntegerField(
        _l("Days after a click"),
        [
            InputRequired(_l("Enter a number from 1 to 90.")),
            NumberRange(1, 90, _l("Enter a number from 1 to 90.")),
        ],
        render_kw={"inputmode": "numeric"},
    )

    @property
    def hosts(self) -> list[str]:
        """The hosts of what was typed: addresses with https:// and a path are understood too."""
        words = (self.shop_hosts.data or "").lower().split()
        return list(
            dict.fromkeys(word.partition("://")[2].partition("/")[0] or word.partition("/")[0] for word in words)
        )

    def validate_shop_hosts(self, _field: Field) -> None:
        for host in self.hosts:
            if not _HOST.fullmatch(host):
                raise ValidationError(_("“%(host)s” is no name of a shop, as in shop.example.com.", host=host))
        if len(self.hosts) > MOST_HOSTS:
            raise ValidationError(_("Name at most %(most)s shops.", most=MOST_HOSTS))


class ForwardForm(FlaskForm):
    """For readers, who have no account: no cookie means anything here, so nobody's cookie can be misused."""

    class Meta:
        csrf = False

    email = StringField(
        _l("Your friend’s e-mail address"),
        [InputRequired(_l("Enter an e-mail address.")), Length(max=254)],
        render_kw={"type": "email", "autocomplete": "off", "spellcheck": "false"},
    )
    name = StringField(_l("Your name"), [Length(max=40)], render_kw={"autocomplete": "name"})
    # Nobody sees it; who fills it in is a machine.
    website = StringField()
