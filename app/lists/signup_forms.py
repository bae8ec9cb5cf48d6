"""The public form of a list: switched on or off, what it asks, and in which words."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.db import db
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.lists import fields
from app.lists.fields import Field
from app.lists.models import ContactList, SignupForm
from app.tenants.queries import current_workspace

__all__ = ["SignupForm"]


@dataclass(frozen=True, slots=True)
class FormChoices:
    """What a member decides about a form; an empty text means the usual words."""

    open: bool
    double_opt_in: bool
    asks_name: bool
    field_keys: Sequence[str]
    locale: str
    title: str = ""
    intro: str = ""
    consent: str = ""
    button: str = ""
    thanks: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a form as a reader sees them, in its language."""

    title: str
    intro: str
    consent: str
    button: str
    thanks: str


def form_of(list_id: int) -> SignupForm:
    """Return a list's form; one that was never saved is closed and not in the database."""
    found = db.session.get(SignupForm, (current_tenant_id(), list_id))
    return found or SignupForm(
        list_id=list_id, key="", open=False, double_opt_in=True, asks_name=True, field_keys=[],
        locale=current_workspace().locale, title="", intro="", consent="", button="", thanks="",
    )  # fmt: skip


def save_form(list_id: int, choices: FormChoices) -> SignupForm:
    form = form_of(list_id)
    form.key = form.key or secrets.token_urlsafe(9).replace("_", "a").replace("-", "b")
    for name in FormChoices.__slots__:
        setattr(form, name, getattr(choices, name))
    form.field_keys = list(choices.field_keys)
    db.session.add(form)
    db.session.flush()
    return form


def open_form(key: str) -> tuple[SignupForm, ContactList]:
    """Return the form that an address names, with its list.

    Raises:
        NotFound: there is none, it is switched off, or its list is put away.
    """
    found = db.session.execute(_open_forms().where(SignupForm.key == key)).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def offered() -> list[ContactList]:
    """Return the lists that anybody may join, by title."""
    return [row[1] for row in db.session.execute(_open_forms().order_by(ContactList.title))]


def _open_forms() -> sa.Select[SignupForm, ContactList]:
    mine: Any = SignupForm.tenant_id == current_tenant_id()
    same = sa.and_(ContactList.tenant_id == SignupForm.tenant_id, ContactList.id == SignupForm.list_id)
    query = sa.select(SignupForm, ContactList).join(ContactList, same)
    return query.where(mine, SignupForm.open, ContactList.archived_at.is_(None))


def asked_fields(form: SignupForm | FormChoices) -> list[Field]:
    """Return the fields that a form asks for; one that was put away is not asked for."""
    return [field for field in fields.fields() if field.key in form.field_keys]


def wording(form: SignupForm | FormChoices, list_title: str, locale: str) -> Wording:
    """Return a form's words, its own where it has some."""
    name = current_workspace().name
    with force_locale(locale):
        return Wording(
            title=form.title or _("Subscribe to %(list)s", list=list_title),
            intro=form.intro,
            consent=form.consent or _("I want to get “%(list)s” from %(name)s by e-mail.", list=list_title, name=name),
            button=form.button or _("Subscribe"),
            thanks=form.thanks,
        )
