"""The public form of a list: switching it on, choosing what it asks, seeing it, taking it to one's own pages."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from app.core.access import Permission, require
from app.lists import fields, signup_forms
from app.lists.forms import SignupSettingsForm, join_form
from app.lists.queries import ContactList
from app.lists.routes.door import lists, the_list
from app.lists.signup_forms import FormChoices, SignupForm
from app.tenants.queries import current_workspace

Page = str | tuple[str, int] | Response
_LOCALES = ("ko", "en")


@lists.get("/lists/<int:list_id>/signup")
def signup(list_id: int) -> Page:
    contact_list, present = the_list(list_id), signup_forms.form_of(list_id)
    return _page(contact_list, present, _settings(None, obj=present))


@lists.post("/lists/<int:list_id>/signup")
@require(Permission.EDIT_LISTS)
def save_signup(list_id: int) -> Page:
    contact_list = the_list(list_id)
    form = _settings(request.form)
    if form.validate_on_submit():
        signup_forms.save_form(list_id, _choices(form))
        flash(_("Saved. The form is on.") if form.open.data else _("Saved. The form is off."), "success")
        return redirect(url_for(".signup", list_id=list_id), 303)
    return _page(contact_list, signup_forms.form_of(list_id), form), form.status


@lists.get("/lists/<int:list_id>/signup/preview")
def preview_signup(list_id: int) -> str:
    """The form as it would be, drawn anew with each change; nothing is saved."""
    return _preview(the_list(list_id), _settings(request.args))


def _settings(typed: MultiDict[str, str] | None, obj: object = None) -> SignupSettingsForm:
    form = SignupSettingsForm(typed, obj=obj)
    form.field_keys.choices = [SelectChoice(field.key, field.title) for field in fields.fields()]
    return form


def _choices(form: SignupSettingsForm) -> FormChoices:
    told: dict[str, Any] = {name: form[name].data for name in FormChoices.__slots__}
    told |= {name: "" for name, value in told.items() if value is None}
    told["field_keys"] = told["field_keys"] or []
    told["locale"] = told["locale"] if told["locale"] in _LOCALES else current_workspace().locale
    return FormChoices(**told)


def _page(contact_list: ContactList, present: SignupForm, form: SignupSettingsForm) -> str:
    return render_template(
        "lists/signup.html", contact_list=contact_list, present=present, form=form,
        preview=_preview(contact_list, form), base=current_workspace().url,
        snippet=_snippet(contact_list, present) if present.key else "",
    )  # fmt: skip


def _preview(contact_list: ContactList, form: SignupSettingsForm) -> str:
    choices = _choices(form)
    with force_locale(choices.locale):
        wording = signup_forms.wording(choices, contact_list.title, choices.locale)
        asked = join_form(signup_forms.asked_fields(choices), asks_name=choices.asks_name, consent=wording.consent)
        return render_template("lists/_signup_preview.html", wording=wording, typed=asked(MultiDict()))


def _snippet(contact_list: ContactList, present: SignupForm) -> str:
    """Plain HTML for somebody's own page: it posts to us, and no script of ours runs there."""
    with force_locale(present.locale):
        wording = signup_forms.wording(present, contact_list.title, present.locale)
        return render_template(
            "lists/_signup_snippet.html", wording=wording, present=present, base=current_workspace().url,
            asked=signup_forms.asked_fields(present),
        ).strip()  # fmt: skip
