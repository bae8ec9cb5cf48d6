"""Forms of writing and sending a mail. They check shape; what may be sent is the checklist's business."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets import HiddenInput

from app.compose.breaking import STARTER, Aside, Bulletin
from app.compose.previewing import TestMail
from app.compose.service import Envelope
from app.compose.test_groups import MOST_ADDRESSES
from app.compose.trials import MOST_VARIANTS, Plan, Variant
from app.compose.words import KIND_NAMES
from app.core.errors import DomainError
from app.document.fields import HTML_LIMIT, ONE_LINE, SUBJECT_LIMIT
from app.lists.address import parse_address
from app.lists.recipients import Audience
from app.sending.orders import Pace
from app.sending.terms import Measure

TEST_ADDRESSES = 5
BULLETIN_LIMIT = 5_000
NOTE_LIMIT = 1000
REPORT_ADDRESSES = 10
SPREAD_HOURS = (1, 2, 3, 6, 12, 24)
PER_HOUR = -1
SHARES = (10, 20, 30, 50)
TRIAL_HOURS = (1, 2, 4, 8, 24)
TRACKING_DAYS = (3, 7, 14, 30, 90)
_SEPARATORS = re.compile(r"[\s,;]+")


def one_line(longest: int) -> list[Any]:
    return [
        Length(max=longest, message=_l("Use at most %(max)d characters.")),
        Regexp(ONE_LINE, message=_l("This must be one line.")),
    ]


class ForSending:
    """Asked for before the mail may go, not before a draft is kept: it only takes the word "optional" away."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __call__(self, form: FlaskForm, field: StringField) -> None:
        """A draft may lack it."""


def an_address(_form: FlaskForm, field: StringField) -> None:
    """A bare address: nothing that could begin another header, and no name with it."""
    try:
        field.data = parse_address(field.data).text
    except DomainError as error:
        raise ValidationError(_("This is not an e-mail address. It looks like name@example.com.")) from error


def addresses(text: str | None, most: int) -> list[str]:
    """Return the addresses in a text, each once.

    Raises:
        ValidationError: one of them is none, or there are too many.
    """
    found: dict[str, str] = {}
    for part in filter(None, _SEPARATORS.split(text or "")):
        try:
            address = parse_address(part)
        except DomainError as error:
            raise ValidationError(_("“%(text)s” is not an e-mail address.", text=part[:80])) from error
        found.setdefault(address.key, address.text)
    if len(found) > most:
        raise ValidationError(
            _("These are %(count)s addresses; at most %(most)s are possible.", count=len(found), most=most)
        )
    return list(found.values())


class VersionedForm(FlaskForm):
    """A form of something that others may change too: it says which version was on the screen."""

    version = IntegerField(widget=HiddenInput(), default=0)

    def see(self, version: int) -> None:
        self.version.raw_data = None
        self.version.data = version


class EnvelopeForm(VersionedForm):
    subject = StringField(_l("Subject"), [ForSending(), *one_line(SUBJECT_LIMIT)])
    kind = RadioField(
        _l("Kind of mail"),
        choices=[SelectChoice(k.value, _l(name)) for k, name in KIND_NAMES.items()],
        default="newsletter",
    )
    sender_name = StringField(_l("Sender name"), [ForSending(), *one_line(100)])
    sender_address = StringField(
        _l("Sender address"),
        [Optional(), ForSending(), *one_line(254), an_address],
        render_kw={"type": "email", "spellcheck": "false"},
    )
    reply_to = StringField(
        _l("Answers go to"),
        [Optional(), *one_line(254), an_address],
        render_kw={"type": "email", "spellcheck": "false"},
    )
    tracking_days = SelectField(_l("Count opens and clicks"), coerce=int, default=0)
    start = HiddenField()
    campaign = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def offer_days(self) -> None:
        for_days = [SelectChoice(n, ngettext("for %(num)d day", "for %(num)d days", n)) for n in TRACKING_DAYS]
        self.tracking_days.choices = [SelectChoice(0, _("without end")), *for_days]

    @property
    def envelope(self) -> Envelope:
        return Envelope(
            subject=(self.subject.data or "").strip(),
            kind=self.kind.data,
            sender_name=(self.sender_name.data or "").strip(),
            sender_address=self.sender_address.data or "",
            reply_to=self.reply_to.data or "",
            tracking_days=self.tracking_days.data or None,
        )


class AudienceForm(VersionedForm):
    list_ids = SelectMultipleField(_l("To lists"), coerce=int)
    segment_ids = SelectMultipleField(_l("To segments"), coerce=int)
    excluded_list_ids = SelectMultipleField(_l("Not to people on"), coerce=int)
    excluded_segment_ids = SelectMultipleField(_l("Not to people in"), coerce=int)

    def offer(self, lists: Iterable[Any], segments: Iterable[Any]) -> None:
        """Offer these lists, and these segments under the names of their folders."""
        named = [SelectChoice(each.id, each.title) for each in lists]
        titled = [SelectChoice(each.id, f"{each.folder} / {each.title}".removeprefix(" / ")) for each in segments]
        self.list_ids.choices, self.excluded_list_ids.choices = named, named
        self.segment_ids.choices, self.excluded_segment_ids.choices = titled, titled

    @property
    def audience(self) -> Audience:
        return Audience(
            lists=tuple(self.list_ids.data or ()),
            segments=tuple(self.segment_ids.data or ()),
            excluded_lists=tuple(self.excluded_list_ids.data or ()),
            excluded_segments=tuple(self.excluded_segment_ids.data or ()),
        )


class BodyForm(VersionedForm):
    html = TextAreaField(
        _l("Body"),
        [ForSending(), Length(max=HTML_LIMIT, message=_l("The body is too long: at most %(max)d characters."))],
    )


class StartForm(FlaskForm):
    """What a mail begins with: see `content.starting_from`."""

    start = HiddenField(validators=[InputRequired(_l("Choose what to begin with."))])


class TextForm(VersionedForm):
    text_part = TextAreaField(
        _l("Text part"),
        [Length(max=HTML_LIMIT, message=_l("The body is too long: at most %(max)d characters."))],
    )


class TestForm(FlaskForm):
    addresses = StringField(_l("Send a test to"), [ForSending()])
    group = SelectField(_l("And to the group"), coerce=int, default=0)
    contacts = SelectMultipleField(_l("As it reaches"), coerce=int)
    bare = BooleanField(_l("Without [Test] in the subject"))
    variants = BooleanField(_l("Each variant of the trial"))
    contact = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def offer(self, groups: Iterable[Any], people: Iterable[Any]) -> None:
        self.group.choices = [SelectChoice(0, _("none")), *(SelectChoice(each.id, each.title) for each in groups)]
        self.contacts.choices = [SelectChoice(each.id, each.name or each.address) for each in people]

    def validate_addresses(self, field: StringField) -> None:
        self.found = addresses(field.data, TEST_ADDRESSES)
        if not self.found and not self.group.data:
            raise ValidationError(_("Enter an address."))

    def test(self, of_group: Iterable[str]) -> TestMail:
        people = self.contacts.data or [self.contact.data]
        return TestMail(list(dict.fromkeys([*self.found, *of_group])), people, not self.bare.data, self.variants.data)


class GroupForm(FlaskForm):
    title = StringField(_l("Name"), [InputRequired(_l("Enter a name.")), *one_line(80)])
    addresses = TextAreaField(_l("Addresses"), [InputRequired(_l("Enter an address."))], render_kw={"rows": 4})

    def validate_addresses(self, field: TextAreaField) -> None:
        self.found = addresses(field.data, MOST_ADDRESSES)


class TimeForm(FlaskForm):
    """When it goes, on the workspace's clock."""

    at = DateTimeLocalField(
        _l("Date and time"), [InputRequired(_l("Choose a day and a time."))], format="%Y-%m-%dT%H:%M"
    )


class LaunchForm(VersionedForm):
    count = IntegerField(widget=HiddenInput(), default=0)
    spread = SelectField(_l("How fast"), coerce=int, default=0)
    per_hour = IntegerField(
        _l("Mails an hour"),
        [Optional(), NumberRange(1, 10_000_000, _l("Enter a number from 1 to 10,000,000."))],
        render_kw={"inputmode": "numeric"},
    )
    zone_field = SelectField(_l("Whose clock"), default="")
    at = DateTimeLocalField(validators=[Optional()], widget=HiddenInput(), format="%Y-%m-%dT%H:%M")
    report_to_author = BooleanField(_l("Send me the report"))
    report_recipients = StringField(_l("Others who get the report"))
    typed = StringField(
        _l("Type the number of recipients"),
        [Optional(), ForSending(), Length(max=20, message=_l("Use at most %(max)d characters."))],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )

    def offer(self, zone_fields: Iterable[Any]) -> None:
        hours = [SelectChoice(n, ngettext("Over %(num)d hour", "Over %(num)d hours", n)) for n in SPREAD_HOURS]
        rate = SelectChoice(PER_HOUR, _("At most so many an hour"))
        self.spread.choices = [SelectChoice(0, _("All at once")), *hours, rate]
        ours = SelectChoice("", _("The clock of the workspace"))
        self.zone_field.choices = [ours, *(SelectChoice(each.key, each.title) for each in zone_fields)]

    def validate_spread(self, field: SelectField) -> None:
        if field.data == PER_HOUR and not any(text.strip() for text in self.per_hour.raw_data or ()):
            raise ValidationError(_("Enter how many mails may go in an hour."))

    def validate_report_recipients(self, field: StringField) -> None:
        self.recipients = addresses(field.data, REPORT_ADDRESSES)

    note = TextAreaField(
        _l("Words for whoever approves"), [Length(max=NOTE_LIMIT, message=_l("Use at most %(max)d characters."))],
        render_kw={"rows": 3},
    )  # fmt: skip

    @property
    def pace(self) -> Pace:
        if self.spread.data == PER_HOUR:
            return Pace(per_hour=self.per_hour.data)
        return Pace(spread_hours=self.spread.data or None)


class TrialForm(FlaskForm):
    """Variants beside the mail itself; those left empty do not count."""

    subject_1 = StringField(_l("Subject B"), one_line(SUBJECT_LIMIT))
    draft_1 = SelectField(_l("Body B"), coerce=int, default=0)
    subject_2 = StringField(_l("Subject C"), one_line(SUBJECT_LIMIT))
    draft_2 = SelectField(_l("Body C"), coerce=int, default=0)
    subject_3 = StringField(_l("Subject D"), one_line(SUBJECT_LIMIT))
    draft_3 = SelectField(_l("Body D"), coerce=int, default=0)
    share = SelectField(_l("How many people try them"), coerce=int, default=20)
    measure = RadioField(_l("What decides"), default=Measure.OPENS.value)
    hours = SelectField(_l("After how long"), coerce=int, default=4)

    def offer(self, drafts: Iterable[Any]) -> None:
        own = SelectChoice(0, _("The body of this mail"))
        others = [SelectChoice(each.id, each.subject or _("No subject yet")) for each in drafts]
        for field in (self.draft_1, self.draft_2, self.draft_3):
            field.choices = [own, *others]
        self.share.choices = [
            SelectChoice(n, _("%(share)s %% of the audience, divided among them", share=n)) for n in SHARES
        ]
        self.hours.choices = [SelectChoice(n, ngettext("%(num)d hour", "%(num)d hours", n)) for n in TRIAL_HOURS]
        self.measure.choices = [
            SelectChoice(Measure.OPENS.value, _("How many people opened it")),
            SelectChoice(Measure.CLICKS.value, _("How many people clicked")),
        ]

    def see(self, plan: Plan) -> None:
        for number, variant in enumerate(plan.variants, start=1):
            self[f"subject_{number}"].data, self[f"draft_{number}"].data = variant.subject, variant.draft_id or 0
        self.share.data, self.measure.data, self.hours.data = plan.share, plan.measure.value, plan.hours

    @property
    def plan(self) -> Plan:
        pairs = [(self[f"subject_{n}"].data, self[f"draft_{n}"].data) for n in range(1, MOST_VARIANTS + 1)]
        variants = [Variant((subject or "").strip(), draft or None) for subject, draft in pairs]
        used = [each for each in variants if each.subject or each.draft_id]
        return Plan(used, self.share.data, Measure(self.measure.data), self.hours.data)


class BreakingForm(FlaskForm):
    """Two fields, whom it goes to, and what makes way for it. `count` is how many people the button named."""

    headline = StringField(_l("Headline"), [DataRequired(_l("Write the headline.")), *one_line(SUBJECT_LIMIT)])
    more = TextAreaField(
        _l("Link or text"), [Length(max=BULLETIN_LIMIT, message=_l("Use at most %(max)d characters."))]
    )
    start = SelectField(_l("Looks like"), default=STARTER)
    list_ids = SelectMultipleField(_l("To lists"), coerce=int)
    segment_ids = SelectMultipleField(_l("To segments"), coerce=int)
    hold_ids = SelectMultipleField(coerce=int, validate_choice=False)
    cancel_ids = SelectMultipleField(coerce=int, validate_choice=False)
    count = IntegerField(widget=HiddenInput(), default=0)

    def offer(self, starts: Iterable[tuple[str, str]], lists: Iterable[Any], segments: Iterable[Any]) -> None:
        self.start.choices = [SelectChoice(*each) for each in starts]
        self.list_ids.choices = [SelectChoice(each.id, each.title) for each in lists]
        self.segment_ids.choices = [SelectChoice(each.id, each.title) for each in segments]

    @property
    def bulletin(self) -> Bulletin:
        return Bulletin(
            start=self.start.data,
            headline=(self.headline.data or "").strip(),
            more=self.more.data or "",
            list_ids=self.list_ids.data or [],
            segment_ids=self.segment_ids.data or [],
        )

    @property
    def aside(self) -> Aside:
        return Aside(self.hold_ids.data or [], self.cancel_ids.data or [])
