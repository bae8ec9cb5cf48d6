"""The shape of what members type about lists and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from app.core.errors import DomainError
from app.core.lines import one_line
from app.lists.kinds import shown
from app.lists.states import DatabaseKind, Encryption, FieldKind, Gone, ImportPolicy, SegmentKind
from app.lists.words import DATABASES, ENCRYPTIONS, GONE, INTERVALS, POLICIES, kind_name, said

ACCEPTED = ".csv,.tsv,.txt,.xlsx,.xlsm,.xlsb,.xls,.ods,.vcf,.vcard,.zip,.gz"
LARGEST_FILE = 2 * 1024**3
LARGEST_SUPPRESSIONS = 20 * 1024**2
LONGEST_PASTE = 16 * 1024 * 1024


def _stripped(text: str | None) -> str:
    return (text or "").strip()


def _most(count: int) -> Length:
    return Length(max=count, message=_l("Use at most %(max)d characters."))


class Form(FlaskForm):
    """A form that can also carry what a service refused."""

    status = 422

    def refuse(self, error: DomainError, *, at: str | None = None) -> None:
        """Show a domain error at a field, or above the form."""
        if at is None:
            self.form_errors.append(said(error))
        else:
            self[at].errors = [*self[at].errors, said(error)]


class ListForm(Form):
    title = StringField(
        _l("List title"), filters=[one_line], validators=[InputRequired(_l("Give the list a title.")), _most(120)]
    )
    code = StringField(
        _l("List ID"),
        filters=[one_line],
        validators=[
            Optional(),
            _most(40),
            Regexp(r"[\w-]+$", message=_l("Use letters, digits, hyphens and underscores only.")),
        ],
        render_kw={"spellcheck": "false", "autocapitalize": "off"},
    )
    description = TextAreaField(_l("Notes"), filters=[_stripped], validators=[_most(1000)], render_kw={"rows": 3})
    track_opens = BooleanField(_l("Count opens"), default=True)
    track_clicks = BooleanField(_l("Count clicks on links"), default=True)


def _address_field() -> StringField:
    return StringField(
        _l("E-mail address"),
        filters=[one_line],
        validators=[InputRequired(_l("Enter an e-mail address.")), _most(254)],
        render_kw={"inputmode": "email", "autocomplete": "off", "spellcheck": "false"},
    )


def _name_field() -> StringField:
    return StringField(_l("Name"), filters=[one_line], validators=[_most(200)], render_kw={"autocomplete": "off"})


def _consent_field() -> StringField:
    return StringField(
        _l("How did they agree to get your mail?"),
        filters=[one_line],
        validators=[InputRequired(_l("Say how they agreed, in a few words.")), _most(500)],
    )


class PersonForm(Form):
    address = _address_field()
    name = _name_field()
    consent = _consent_field()


class ContactForm(Form):
    address = _address_field()
    name = _name_field()


class FieldForm(Form):
    title = StringField(
        _l("Field title"), filters=[one_line], validators=[InputRequired(_l("Give the field a title.")), _most(80)]
    )
    kind = SelectField(_l("Kind"), default=FieldKind.TEXT.value)
    choices = TextAreaField(_l("Choices"), validators=[_most(10_000)], render_kw={"rows": 5})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [SelectChoice(kind.value, kind_name(kind)) for kind in FieldKind]


def contact_form(fields: Sequence[Any], values: Mapping[str, Any]) -> type[ContactForm]:
    """Return the form of a contact with an input for each of these fields, filled with what is known."""
    inputs = {f"field_{field.id}": _input(field, values.get(field.key)) for field in fields}
    return type("ContactWithFieldsForm", (ContactForm,), inputs)


def _input(field: Any, value: Any) -> Any:
    kind = FieldKind(field.kind)
    if kind is FieldKind.YES_NO:
        choices = [SelectChoice("", ""), SelectChoice("yes", _("Yes")), SelectChoice("no", _("No"))]
        return SelectField(field.title, choices=choices, default={True: "yes", False: "no"}.get(value, ""))
    if kind is FieldKind.CHOICE:
        return SelectField(
            field.title, choices=[SelectChoice("", ""), *map(SelectChoice, field.choices)], default=value or ""
        )
    if kind is FieldKind.CHOICES:
        return SelectMultipleField(field.title, choices=[*map(SelectChoice, field.choices)], default=value or [])
    return StringField(field.title, filters=[_stripped], validators=[_most(2000)], default=shown(value))


class SegmentForm(Form):
    title = StringField(_l("Title"), filters=[one_line], validators=[InputRequired(_l("Give it a title.")), _most(120)])
    folder = StringField(_l("Folder"), filters=[one_line], validators=[_most(80)], render_kw={"list": "folders"})
    kind = RadioField(
        _l("Keep it as"),
        choices=[
            SelectChoice(SegmentKind.SEGMENT.value, _l("Segment")),
            SelectChoice(SegmentKind.FAVOURITE.value, _l("Favourite condition")),
        ],
        default=SegmentKind.SEGMENT.value,
        validate_choice=False,
    )


class SuppressionForm(Form):
    address = StringField(
        _l("E-mail address or domain"),
        filters=[one_line],
        validators=[InputRequired(_l("Enter an e-mail address or a domain.")), _most(254)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    subdomains = BooleanField(_l("With everything below the domain"))
    note = StringField(_l("Note"), filters=[one_line], validators=[_most(300)])


class PasteForm(Form):
    text = TextAreaField(
        _l("People"),
        validators=[
            Length(max=LONGEST_PASTE, message=_l("This is too much for one paste. Split it in two.")),
        ],
        render_kw={"rows": 12, "spellcheck": "false", "autocomplete": "off"},
    )
    file = FileField(_l("Or choose a file"), render_kw={"accept": ACCEPTED})

    def validate_text(self, field: TextAreaField) -> None:
        if not self.file.data and not (field.data or "").strip():
            raise ValidationError(_("Paste at least one address, or choose a file."))


class SuppressionsForm(PasteForm):
    text = TextAreaField(
        _l("Addresses and domains"),
        validators=[Length(max=LONGEST_PASTE, message=_l("This is too much for one paste. Split it in two."))],
        render_kw={"rows": 12, "spellcheck": "false", "autocomplete": "off"},
    )


class RunForm(Form):
    consent = _consent_field()
    policy = RadioField(_l("People who are known already"), default=ImportPolicy.UPDATE.value)
    also_lists = SelectMultipleField(_l("Put them on these lists, too"), coerce=int, validators=[Optional()])
    double_opt_in = BooleanField(_l("Ask each of them by mail first (double opt-in)"))
    every_hours = SelectField(_l("Repeat this"), coerce=int, default=0, validators=[Optional()])
    gone = RadioField(_l("People who are no longer in the database"), default=Gone.LEAVE.value, validators=[Optional()])

    def __init__(self, *args: Any, other_lists: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy.choices = [SelectChoice(policy.value, _(label)) for policy, (label, _hint) in POLICIES.items()]
        self.also_lists.choices = [SelectChoice(each.id, each.title) for each in other_lists]
        self.every_hours.choices = [SelectChoice(hours, _(label)) for hours, label in INTERVALS.items()]
        self.gone.choices = [SelectChoice(gone.value, _(label)) for gone, label in GONE.items()]

    @property
    def hints(self) -> dict[str, str]:
        return {policy.value: _(hint) for policy, (_label, hint) in POLICIES.items()}


class ConnectionForm(Form):
    title = StringField(
        _l("Name of the connection"), filters=[one_line],
        validators=[InputRequired(_l("Give the connection a name.")), _most(80)],
    )  # fmt: skip
    kind = SelectField(_l("Kind of database"))
    host = StringField(
        _l("Server"), filters=[one_line], validators=[InputRequired(_l("Enter the server's name.")), _most(253)],
        render_kw={"spellcheck": "false", "autocapitalize": "off"},
    )  # fmt: skip
    port = IntegerField(_l("Port"), validators=[Optional(), NumberRange(1, 65535)])
    database = StringField(
        _l("Database"), filters=[one_line],
        validators=[InputRequired(_l("Enter the name of the database.")), _most(128)],
        render_kw={"spellcheck": "false", "autocapitalize": "off"},
    )  # fmt: skip
    user = StringField(
        _l("User name"), filters=[one_line], validators=[InputRequired(_l("Enter the user name.")), _most(128)],
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"},
    )  # fmt: skip
    password = PasswordField(_l("Password"), validators=[_most(500)], render_kw={"autocomplete": "new-password"})
    encryption = RadioField(_l("Encryption"), default=Encryption.TRY.value)

    def __init__(self, *args: Any, supported: Sequence[DatabaseKind] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [SelectChoice(kind.value, name) for kind, name in DATABASES.items() if kind in supported]
        self.encryption.choices = [SelectChoice(each.value, _(label)) for each, label in ENCRYPTIONS.items()]


class QueryForm(Form):
    query = TextAreaField(
        _l("Your SELECT"), filters=[_stripped],
        validators=[InputRequired(_l("Choose a table, or write a SELECT.")), _most(20_000)],
        render_kw={"rows": 6, "spellcheck": "false", "autocapitalize": "off"},
    )  # fmt: skip


class SignupSettingsForm(Form):
    """What a list's public form asks, and in which words."""

    open = BooleanField(_l("People may sign up by themselves"))
    double_opt_in = BooleanField(_l("Ask by mail before anybody is on the list (double opt-in)"), default=True)
    asks_name = BooleanField(_l("Ask for the name"), default=True)
    field_keys = SelectMultipleField(_l("Also ask for"), validators=[Optional()])
    locale = RadioField(_l("Language"), choices=[SelectChoice("ko", "한국어"), SelectChoice("en", "English")])
    title = StringField(_l("Heading"), filters=[one_line], validators=[_most(120)])
    intro = TextAreaField(
        _l("Text above the form"), filters=[_stripped], validators=[_most(1000)], render_kw={"rows": 3}
    )
    consent = StringField(_l("What people agree to"), filters=[one_line], validators=[_most(500)])
    button = StringField(_l("Text on the button"), filters=[one_line], validators=[_most(40)])
    thanks = TextAreaField(
        _l("Text after signing up"), filters=[_stripped], validators=[_most(500)], render_kw={"rows": 2}
    )


class ReaderForm(FlaskForm):
    """A form for people without an account. No cookie means anything here, so nobody's cookie can be misused."""

    class Meta:
        csrf = False


class JoinForm(ReaderForm):
    email = StringField(
        _l("E-mail address"),
        filters=[one_line],
        validators=[InputRequired(_l("Enter your e-mail address.")), _most(254)],
        render_kw={"type": "email", "autocomplete": "email", "spellcheck": "false"},
    )
    # Nobody sees it; who fills it in is a machine.
    website = StringField()
    agreed = BooleanField(validators=[InputRequired(_l("Tick the box if you agree."))])


def join_form(fields: Sequence[Any], *, asks_name: bool, consent: str) -> type[JoinForm]:
    """Return the form by which readers join a list, with an input for each of these fields."""
    inputs: dict[str, Any] = {}
    if asks_name:
        inputs["name"] = StringField(
            _l("Name"), filters=[one_line], validators=[_most(200)], render_kw={"autocomplete": "name"}
        )
    inputs |= {f"field_{field.id}": _input(field, None) for field in fields}
    inputs["agreed"] = BooleanField(consent, validators=[InputRequired(_l("Tick the box if you agree."))])
    return type("JoinListForm", (JoinForm,), inputs)
