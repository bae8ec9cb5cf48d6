"""Forms of the files of a mail."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileRequired, MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import SelectChoice, SelectField

from app.compose.attachments import Way

WAYS = [SelectChoice(Way.ATTACH.value, _l("In the mail")), SelectChoice(Way.LINK.value, _l("As a link"))]


class WayForm(FlaskForm):
    way = SelectField(_l("How they go"), choices=WAYS, default=Way.ATTACH.value)


class FilesForm(WayForm):
    files = MultipleFileField(_l("Files"), [FileRequired(_l("Choose a file."))])

    @property
    def chosen(self) -> list[FileStorage]:
        return [each for each in self.files.data or () if isinstance(each, FileStorage) and each.filename]
