"""The form of the letters about consent."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, TextAreaField
from wtforms.validators import Length, Regexp

from app.lists.consent_letters import Letter

INTRO_LIMIT = 300


def _intro(label: Any) -> TextAreaField:
    return TextAreaField(
        label,
        [
            Length(max=INTRO_LIMIT, message=_l("Use at most %(max)d characters.")),
            Regexp(r"[^{}\x00-\x1f]*\Z", message=_l("This must be one line, without braces.")),
        ],
        render_kw={"rows": 2},
    )


class LetterForm(FlaskForm):
    """Whether a letter is written, and its first sentence; empty, it is the usual one."""

    on = BooleanField()
    intro_ko = _intro(_l("First sentence in Korean"))
    intro_en = _intro(_l("First sentence in English"))

    def see(self, kept: Letter) -> None:
        self.on.data, self.intro_ko.data, self.intro_en.data = kept.since is not None, kept.intro_ko, kept.intro_en
