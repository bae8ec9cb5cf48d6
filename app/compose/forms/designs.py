"""Forms of designs that become templates."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FileField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from app.compose.designs import LONGEST
from app.compose.forms import one_line


class DesignForm(FlaskForm):
    title = StringField(_l("Name of the template"), [InputRequired(_l("Enter a name.")), *one_line(120)])
    folder = StringField(_l("Folder"), one_line(60))


class ImportForm(DesignForm):
    """A file, or its text."""

    file = FileField(_l("File"))
    source = TextAreaField(
        _l("Text"), [Length(max=LONGEST, message=_l("The body is too long: at most %(max)d characters."))]
    )

    def validate_source(self, field: TextAreaField) -> None:
        self.text = field.data or ""
        if self.file.data:
            content = self.file.data.read(LONGEST * 4 + 1)
            try:
                self.text = content.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise ValidationError(_("The file is not text in UTF-8.")) from error
        if not self.text.strip():
            raise ValidationError(_("Choose a file, or put its text here."))
        if len(self.text) > LONGEST:
            raise ValidationError(_("The file is too long."))
