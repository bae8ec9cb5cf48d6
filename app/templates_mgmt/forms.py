"""The form of a template."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

from app.document.fields import HTML_LIMIT, ONE_LINE, SUBJECT_LIMIT
from app.templates_mgmt.sharing import CHANGED_BY, SEEN_BY, Circle


class TemplateForm(FlaskForm):
    title = StringField(
        _l("Name of the template"),
        [
            InputRequired(_l("Give the template a name, so that you find it again.")),
            Length(max=120, message=_l("Use at most %(max)d characters.")),
            Regexp(ONE_LINE, message=_l("This must be one line.")),
        ],
    )
    subject = StringField(
        _l("Subject"),
        [
            Length(max=SUBJECT_LIMIT, message=_l("Use at most %(max)d characters.")),
            Regexp(ONE_LINE, message=_l("This must be one line.")),
        ],
    )
    folder = StringField(
        _l("Folder"),
        [
            Length(max=60, message=_l("Use at most %(max)d characters.")),
            Regexp(ONE_LINE, message=_l("This must be one line.")),
        ],
    )
    html = TextAreaField(
        _l("Body"),
        [
            InputRequired(_l("Write a body, or paste one.")),
            Length(max=HTML_LIMIT, message=_l("The body is too long: at most %(max)d characters.")),
        ],
    )
    seen = HiddenField()

    def seen_at(self) -> datetime:
        """When the author's page was loaded, as the template's own time of change; long ago if it says nothing."""
        try:
            return datetime.fromisoformat(self.seen.data or "")
        except ValueError:
            return datetime.fromisoformat("1970-01-01T00:00:00+00:00")


CIRCLES = {
    Circle.EVERYONE: _l("Everybody in the workspace"),
    Circle.WRITERS: _l("Editors and administrators"),
    Circle.ADMINS: _l("Administrators"),
    Circle.MINE: _l("Only me"),
}


class SharingForm(FlaskForm):
    """Who sees a template and who may change it."""

    seen_by = RadioField(_l("Who sees it"), choices=[SelectChoice(each, CIRCLES[each]) for each in SEEN_BY])
    changed_by = RadioField(_l("Who may change it"), choices=[SelectChoice(each, CIRCLES[each]) for each in CHANGED_BY])
