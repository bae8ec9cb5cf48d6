"""Forms of the media library."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from app.document.fields import ONE_LINE
from app.media.cropping import Frame

_FOLDER = [Length(max=80, message=_l("Use at most %(max)d characters.")), Regexp(ONE_LINE)]


class UploadForm(FlaskForm):
    file = FileField(_l("Picture"), [FileRequired(_l("Choose a file."))])
    folder = StringField(_l("Folder"), _FOLDER)


class LogoForm(FlaskForm):
    file = FileField(_l("Logo"), [FileRequired(_l("Choose a file."))])


class CropForm(FlaskForm):
    """What of a picture is wanted, in ten-thousandths of its width and height."""

    left = IntegerField(validators=[InputRequired()])
    top = IntegerField(validators=[InputRequired()])
    width = IntegerField(validators=[InputRequired()])
    height = IntegerField(validators=[InputRequired()])

    @property
    def frame(self) -> Frame:
        return Frame(self.left.data, self.top.data, self.width.data, self.height.data)


class PictureForm(FlaskForm):
    title = StringField(
        _l("Name"),
        [
            InputRequired(_l("Give the picture a name.")),
            Length(max=200, message=_l("Use at most %(max)d characters.")),
            Regexp(ONE_LINE),
        ],
    )
    folder = StringField(_l("Folder"), _FOLDER)
