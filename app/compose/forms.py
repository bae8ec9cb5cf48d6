"""Forms of writing and sending a mail. They check shape; what may be sent is the checklist's business."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError
from wtforms.widgets import HiddenInput

from app.compose.words import KIND_NAMES
from app.core.errors import DomainError
from app.document.fields import HTML_LIMIT, ONE_LINE, SUBJECT_LIMIT
from app.lists.address import parse_address

TEST_ADDRESSES = 5
REPORT_ADDRESSES = 10
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
    list_ids = SelectMultipleField(_l("To lists"), coerce=int)
    segment_ids = SelectMultipleField(_l("To segments"), coerce=int)
    excluded_list_ids = SelectMultipleField(_l("Not to people on"), coerce=int)
    excluded_segment_ids = SelectMultipleField(_l("Not to people in"), coerce=int)
    start = HiddenField()

    def offer(self, lists: Iterable[Any], segments: Iterable[Any]) -> None:
        """Offer these lists, and these segments under the names of their folders."""
        named = [SelectChoice(each.id, each.title) for each in lists]
        titled = [SelectChoice(each.id, f"{each.folder} / {each.title}".removeprefix(" / ")) for each in segments]
        self.list_ids.choices, self.excluded_list_ids.choices = named, named
        self.segment_ids.choices, self.excluded_segment_ids.choices = titled, titled


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
    addresses = StringField(_l("Send a test to"), [InputRequired(_l("Enter an address."))])
    contact = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def validate_addresses(self, field: StringField) -> None:
        self.found = addresses(field.data, TEST_ADDRESSES)


class TimeForm(FlaskForm):
    """When it goes, on the workspace's clock."""

    at = DateTimeLocalField(
        _l("Date and time"), [InputRequired(_l("Choose a day and a time."))], format="%Y-%m-%dT%H:%M"
    )


class LaunchForm(VersionedForm):
    count = IntegerField(widget=HiddenInput(), default=0)
    at = DateTimeLocalField(validators=[Optional()], widget=HiddenInput(), format="%Y-%m-%dT%H:%M")
    report_to_author = BooleanField(_l("Send me the report"))
    report_recipients = StringField(_l("Others who get the report"))

    def validate_report_recipients(self, field: StringField) -> None:
        self.recipients = addresses(field.data, REPORT_ADDRESSES)
