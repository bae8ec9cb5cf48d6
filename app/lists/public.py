"""Pages for readers, who have no account: joining a list, saying yes to the mail that asks, and their own page.

A GET here changes nothing. Posts carry no cookie that means anything, so they need no CSRF token; where a reader is
sent next is never taken from what was sent.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.errors import DomainError
from app.core.limits import limit
from app.lists import address_changes, fields, queries, signup_forms, signups, tracking
from app.lists import preferences as own
from app.lists.fields import FieldsUnfit
from app.lists.forms import JoinForm, join_form
from app.lists.letters import between_quotes
from app.lists.signup_forms import SignupForm, Wording
from app.lists.signups import Wish
from app.lists.states import LeaveReason
from app.lists.words import leave_reason, said, value_fault

Page = Response | tuple[Response, int]
LOCALES = ("ko", "en")
SCANNERS_LOOK_WITHIN = timedelta(minutes=3)
# A form is shown on anybody's page: its frame may stand anywhere, and may do nothing but send itself to us.
FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors *"
)

readers = Blueprint("readers", __name__, template_folder="templates")


@readers.record_once
def _needs_no_csrf_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(readers)


@readers.context_processor
def _vocabulary() -> dict[str, Any]:
    return {"leave_reason": leave_reason}


@readers.get("/join/<key>")
def join(key: str) -> Page:
    form, contact_list = signup_forms.open_form(key)
    return _joining(form, contact_list.title)


@readers.post("/join/<key>")
def send(key: str) -> Page:
    """Take a wish. Machines that fill in what nobody sees, and addresses we may not ask, get the same thanks."""
    form, contact_list = signup_forms.open_form(key)
    limit("join", request.remote_addr or "", count=20, seconds=600)
    with _language(form):
        wording = signup_forms.wording(form, contact_list.title, str(get_locale()))
        typed = _typed(form, wording)
        if typed.validate_on_submit() and (typed.website.data or _asked(form, typed, wording)):
            return redirect(url_for(".thanks", key=key, **_kept()), 303)
    return _joining(form, contact_list.title, typed), 422


def _typed(form: SignupForm, wording: Wording) -> JoinForm:
    return join_form(signup_forms.asked_fields(form), asks_name=form.asks_name, consent=wording.consent)()


def _asked(form: SignupForm, typed: JoinForm, wording: Wording) -> bool:
    """Hand the wish on; where something is refused, say it at its field."""
    inputs = {field.key: typed[f"field_{field.id}"] for field in signup_forms.asked_fields(form)}
    try:
        wish = Wish(
            address=typed.email.data, list_id=form.list_id, consent=wording.consent, ip=request.remote_addr or "",
            name=typed.name.data if form.asks_name else "",
            values=fields.converted({key: _text(control.data) for key, control in inputs.items()}),
        )  # fmt: skip
        signups.ask(wish, at_once=not form.double_opt_in)
    except FieldsUnfit as error:
        for key, reason in error.faults.items():
            inputs[key].errors = [value_fault(reason)]
        return False
    except DomainError as error:
        typed.email.errors = [said(error)]
        return False
    return True


def _text(data: str | list[str]) -> str:
    return "|".join(data) if isinstance(data, list) else data or ""


def _joining(form: SignupForm, list_title: str, typed: JoinForm | None = None) -> Response:
    with _language(form):
        wording = signup_forms.wording(form, list_title, str(get_locale()))
        html = render_template(
            "readers/join.html", form=form, wording=wording, typed=typed or _typed(form, wording),
            embedded=_embedded(), kept=_kept(), other=_other_language(form),
        )  # fmt: skip
    return _framed(html)


@readers.get("/join/<key>/thanks")
def thanks(key: str) -> Page:
    form, contact_list = signup_forms.open_form(key)
    with _language(form):
        wording = signup_forms.wording(form, contact_list.title, str(get_locale()))
        return _framed(render_template("readers/thanks.html", form=form, wording=wording, embedded=_embedded()))


@readers.get("/join/confirmations/<token>")
def confirmation(token: str) -> Page:
    """Ask for a press of the button. Later than scanners look, a visible page presses it itself (by script)."""
    signup = signups.signup_of(token)
    person, list_titles = queries.contact(signup.contact_id), between_quotes(signups.titles(signup))
    assert person is not None
    form = signup_forms.form_of(signup.list_id)
    presses_itself = clock.now() - signup.asked_at > SCANNERS_LOOK_WITHIN
    template = "readers/confirmed.html" if signup.confirmed_at else "readers/confirm.html"
    with _language(form):
        return _unstored(
            render_template(
                template, token=token, list_titles=list_titles, person=person, presses_itself=presses_itself,
                wording=signup_forms.wording(form, list_titles, str(get_locale())),
            )
        )  # fmt: skip


@readers.post("/join/confirmations/<token>")
def confirm(token: str) -> Page:
    signups.confirm(signups.signup_of(token), ip=request.remote_addr or "", now=clock.now())
    return redirect(url_for(".confirmation", token=token, **_kept()), 303)


def _language(form: SignupForm) -> AbstractContextManager[None]:
    """The language asked for in the address, else the form's."""
    wanted = request.values.get("lang", "")
    language: AbstractContextManager[None] = force_locale(wanted if wanted in LOCALES else form.locale)
    return language


def _other_language(form: SignupForm) -> str | None:
    """The language that the page can be turned to. A form with words of its own has only one."""
    if form.title or form.intro or form.consent or form.button:
        return None
    return next(locale for locale in LOCALES if locale != str(get_locale()))


def _embedded() -> bool:
    return "embedded" in request.values


def _kept() -> dict[str, Any]:
    """What the next page must know as well."""
    return {name: request.values[name] for name in ("lang", "embedded") if name in request.values}


def _framed(html: str) -> Response:
    """A page that anybody's page may show in a frame, if it was asked for as such."""
    response = Response(html, mimetype="text/html")
    if _embedded():
        response.headers["Content-Security-Policy"] = FRAME_POLICY
        response.headers["X-Frame-Options"] = "ALLOWALL"
    return response


def _unstored(html: str) -> Response:
    response = Response(html, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


# --- a reader's own page ---------------------------------------------------------------------------------------------


@readers.get("/my/<token>")
def preferences(token: str) -> Page:
    return _unstored(_own_page(own.reader(token), token))


def _own_page(person: queries.Contact, token: str, *, address: str = "", refused: str = "") -> str:
    return render_template(
        "readers/preferences.html", token=token, person=person, choices=own.choices(person.id),
        rhythms=own.RHYTHMS, rhythm=own.rhythm(person.id), tracked=tracking.is_tracked(person.id),
        said=request.args.get("said", ""),
        reasons=LeaveReason, address=address, refused=refused,
    )  # fmt: skip


@readers.post("/my/<token>")
def save_preferences(token: str) -> Page:
    person = own.reader(token)
    days = request.form.get("rhythm", type=int)
    if days in own.RHYTHMS:
        own.choose_rhythm(person.id, days)
    tracking.set_tracked(person.id, "untracked" not in request.form)
    wanted = set(request.form.getlist("lists", type=int))
    own.choose_lists(person, wanted, consent=_("Chosen on the preference page"), ip=request.remote_addr or "")
    return redirect(url_for(".preferences", token=token, said="saved"), 303)


@readers.post("/my/<token>/departures")
def leave_all(token: str) -> Page:
    person = own.reader(token)
    reason = request.form.get("reason", "")
    if reason in list(LeaveReason):
        own.note_departure(
            person.id, LeaveReason(reason), note=request.form.get("note", "").strip(), mailing_id=own.mailing_of(token)
        )
    own.leave_all(person)
    return redirect(url_for(".preferences", token=token, said="left"), 303)


@readers.get("/my/<token>/data.json")
def held_data(token: str) -> Page:
    body = json.dumps(own.held(own.reader(token)), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": "no-store"}
    return Response(body, mimetype="application/json", headers=headers)


@readers.get("/my/<token>/data.csv")
def held_table(token: str) -> Page:
    headers = {"Content-Disposition": 'attachment; filename="my-data.csv"', "Cache-Control": "no-store"}
    return Response(own.held_csv(own.reader(token)), mimetype="text/csv", headers=headers)


@readers.post("/my/<token>/addresses")
def ask_new_address(token: str) -> Page:
    person, text = own.reader(token), request.form.get("address", "").strip()[:254]
    limit("address-change", str(person.id), count=10, seconds=24 * 3600)
    try:
        address_changes.ask(person, text)
    except DomainError as error:
        return _unstored(_own_page(person, token, address=text, refused=said(error))), 422
    return redirect(url_for(".preferences", token=token, said="asked"), 303)


@readers.get("/my/addresses/<token>")
def new_address(token: str) -> Page:
    """Ask for a press of the button: whoever only opens a mail, or looks into its links, has said nothing."""
    return _unstored(render_template("readers/address.html", token=token, change=address_changes.change_of(token)))


@readers.post("/my/addresses/<token>")
def take_new_address(token: str) -> Page:
    person = address_changes.confirm(address_changes.change_of(token), ip=request.remote_addr or "")
    return redirect(url_for(".preferences", token=own.token_of(person.id), said="moved"), 303)


@readers.get("/my/<token>/erasure")
def ask_erasure(token: str) -> Page:
    return _unstored(render_template("readers/erasure.html", token=token, person=own.reader(token)))


@readers.post("/my/<token>/erasure")
def erase(token: str) -> Page:
    own.forget(own.reader(token))
    return _unstored(render_template("readers/erased.html"))
