"""Every macro and every kind of page on one address, with made-up data, to be looked at. Development only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template, request
from flask_babel import force_locale, gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
)

from app.core.clock import now
from app.core.errors import NotFound
from app.core.site import settings

gallery = Blueprint("gallery", __name__)

PAGES = (
    "all", "dashboard", "index", "empty", "detail", "steps", "editor", "writer", "report", "public", "plain", "home",
)  # fmt: skip
ERRORS = (403, 404, 422, 429, 500, 503, 409)


@dataclass(frozen=True, slots=True)
class SampleMailing:
    subject: str
    state: str
    tone: str
    people: int
    opened: int
    at: datetime


class SampleForm(FlaskForm):  # type: ignore[misc]
    class Meta:
        csrf = False

    subject = StringField(lazy_gettext("Subject"), [validators.InputRequired()])
    sender = StringField(lazy_gettext("Sender name"))
    kind = RadioField(
        lazy_gettext("Kind of mail"),
        choices=[
            SelectChoice("newsletter", lazy_gettext("Newsletter")),
            SelectChoice("advertising", lazy_gettext("Advertising")),
        ],
        default="newsletter",
    )
    lists = SelectMultipleField(
        lazy_gettext("Recipients"),
        [validators.InputRequired()],
        choices=[
            SelectChoice("1", lazy_gettext("Evening edition")),
            SelectChoice("2", lazy_gettext("Morning edition")),
        ],
    )
    zone = SelectField(lazy_gettext("Time zone"), choices=["Asia/Seoul", "Europe/Berlin"])
    at = DateTimeLocalField(lazy_gettext("Send at"), [validators.InputRequired()])
    report = BooleanField(lazy_gettext("Send me the report"))
    body = TextAreaField(lazy_gettext("Body"), [validators.InputRequired()])


@gallery.before_request
def development_only() -> None:
    if settings().environment == "production":
        raise NotFound


@gallery.get("/")
def index() -> Response:
    return show("all")


@gallery.get("/<page>")
def show(page: str) -> Response:
    """Show a sample page; ``?lang=en`` and ``?theme=dark`` change how."""
    with force_locale(request.args.get("lang", "ko")):
        if page.isdigit() and int(page) in ERRORS:
            return _error_page(int(page))
        if page not in PAGES:
            raise NotFound
        template = "site/home.html" if page == "home" else f"gallery/{page}.html"
        return make_response(render_template(template, **_context(page)))


def _error_page(status: int) -> Response:
    template = f"errors/{'error' if status == 409 else status}.html"
    return make_response(render_template(template, status=status), status)


def _context(page: str) -> dict[str, Any]:
    if page == "all":
        flash(gettext("The list was deleted."), "undo:#")
    theme = request.args.get("theme", "auto")
    return {
        "current_theme": lambda: theme,
        "current_user": SimpleNamespace(
            is_authenticated=True, name="Kim Minji", email="minji@daily-park.example", role="editor"
        ),
        "tenant": None
        if page in {"home", "plain"}
        else SimpleNamespace(name="Daily Park", brand_color="#0b5d4b", plan_name="Standard"),
        "strip": _strip(),
        "form": _form(invalid=page == "all"),
        "mailings": _mailings(),
        "pages": [*PAGES, *map(str, ERRORS)],
        "now": now(),
        "later": now() + timedelta(days=2, hours=3),
        "earlier": now() - timedelta(minutes=25),
    }


def _strip() -> SimpleNamespace:
    return SimpleNamespace(
        waiting=18_204,
        sent_today=42_310,
        bounce_rate=0.0124,
        domain_state="ok",
        quota_used=312_480,
        quota_limit=500_000,
    )


def _form(*, invalid: bool) -> SampleForm:
    form = SampleForm(
        None,
        data={
            "zone": "Asia/Seoul",
            "sender": "Daily Park",
            "body": SAMPLE_BODY,
            "kind": "newsletter",
            "lists": ["1"],
            "report": True,
        },
    )
    if invalid:
        form.validate()
    return form


def _hours(hours: float) -> datetime:
    return now() + timedelta(hours=hours)


def _mailings() -> list[SampleMailing]:
    evening, morning, breaking = gettext("Evening edition"), gettext("Morning edition"), gettext("Breaking news")
    return [
        SampleMailing(evening, gettext("Sending"), "blue", 18_204, 0, _hours(-0.1)),
        SampleMailing(breaking, gettext("Finished"), "green", 18_190, 12_033, _hours(-5)),
        SampleMailing(morning, gettext("Finished"), "green", 500, 412, _hours(-11)),
        SampleMailing(evening, gettext("Cancelled"), "grey", 18_177, 0, _hours(-26)),
        SampleMailing(morning, gettext("Held"), "amber", 18_201, 0, _hours(-35)),
        SampleMailing(breaking, gettext("Stopped"), "red", 18_180, 210, _hours(-400 * 24)),
    ]


SAMPLE_BODY = """<h1>{{name|고객}}님, 오늘의 저녁판입니다</h1>
<p style="color: #333">주말에 강변 야시장이 열립니다. <a href="https://daily-park.example/news">더 읽기</a></p>
<!-- 2단 기사 -->
<table role="presentation" width="600"><tr><td>교통</td><td>날씨</td></tr></table>
"""
