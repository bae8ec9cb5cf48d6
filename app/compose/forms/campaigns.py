"""Forms of campaigns, and of patterns that mailings are begun with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectChoice, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.compose.campaigns import CampaignText
from app.compose.forms import AudienceForm, EnvelopeForm, one_line
from app.compose.patterns import PatternText


class CampaignForm(FlaskForm):
    title = StringField(_l("Name"), [InputRequired(_l("Enter a name.")), *one_line(120)])
    purpose = TextAreaField(
        _l("What it is for"), [Length(max=1000, message=_l("Use at most %(max)d characters."))], render_kw={"rows": 3}
    )
    folder = StringField(_l("Folder"), one_line(60))
    owner_id = SelectField(_l("Who answers for it"), coerce=int, default=0)
    starts_on = DateField(_l("Starts on"), [Optional()])
    ends_on = DateField(_l("Until"), [Optional()])

    def offer(self, members: Iterable[Any]) -> None:
        self.owner_id.choices = [
            SelectChoice(0, _("nobody")), *(SelectChoice(each.id, each.display_name) for each in members)
        ]  # fmt: skip

    def validate_ends_on(self, field: DateField) -> None:
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError(_("The end is before the beginning."))

    @property
    def written(self) -> CampaignText:
        return CampaignText(
            title=self.title.data.strip(),
            purpose=(self.purpose.data or "").replace("\r\n", "\n").strip(),
            folder=(self.folder.data or "").strip(),
            owner_id=self.owner_id.data or None,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
        )


class PlaceForm(FlaskForm):
    """Which campaign a mailing belongs to."""

    campaign_id = SelectField(_l("Campaign"), coerce=int, default=0)

    def offer(self, campaigns: Iterable[Any]) -> None:
        self.campaign_id.choices = in_campaigns(campaigns)


def in_campaigns(campaigns: Iterable[Any]) -> list[SelectChoice]:
    """Return the choices of a campaign, under the names of their folders."""
    named = [(each.id, f"{each.folder} / {each.title}".removeprefix(" / ")) for each in campaigns]
    return [SelectChoice(0, _("none")), *(SelectChoice(*each) for each in sorted(named, key=lambda each: each[1]))]


class PatternForm(EnvelopeForm, AudienceForm):
    """What a mailing of a kind is each time."""

    title = StringField(_l("Name of the pattern"), [InputRequired(_l("Enter a name.")), *one_line(120)])
    at_time = TimeField(_l("Usual hour"), [Optional()])
    start = SelectField(_l("Its body begins with"), default="")
    campaign_id = SelectField(_l("Campaign"), coerce=int, default=0)

    def offer_more(self, starts: Iterable[tuple[str, str]], campaigns: Iterable[Any]) -> None:
        self.offer_days()
        self.start.choices = [SelectChoice("", _("nothing yet")), *(SelectChoice(*each) for each in starts)]
        self.campaign_id.choices = in_campaigns(campaigns)

    @property
    def pattern(self) -> PatternText:
        return PatternText(
            title=self.title.data.strip(),
            envelope=self.envelope,
            audience=self.audience,
            at_time=self.at_time.data,
            start=self.start.data or "",
            campaign_id=self.campaign_id.data or None,
        )
