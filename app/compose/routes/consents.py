"""Settings of the letters about consent that Korean law owes."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import consent_mails
from app.compose.forms.consents import LetterForm
from app.compose.routes.blueprint import compose
from app.core import clock
from app.core.access import Permission, require
from app.core.errors import DomainError
from app.lists import consent_letters
from app.lists.states import LetterKind

KINDS = (LetterKind.RESULT, LetterKind.RENEWAL)


@compose.get("/settings/consents")
@require(Permission.MANAGE_WORKSPACE)
def consents() -> str:
    return _page({kind: _form(kind) for kind in KINDS})


def _form(kind: LetterKind, *, typed: bool = False) -> LetterForm:
    form = LetterForm(prefix=f"{kind}-") if typed else LetterForm(None, prefix=f"{kind}-")
    if not typed:
        form.see(consent_letters.letter(kind))
    return form


def _page(forms: dict[LetterKind, LetterForm]) -> str:
    now, offered = clock.now(), consent_mails.offered()
    return render_template(
        "compose/consents.html",
        forms=forms,
        offered=offered,
        problem=_problem() if offered else "",
        due={kind: consent_letters.due_count(kind, now=now) for kind in KINDS if offered},
        letters={
            kind: {locale: consent_mails.shown(kind, locale, now=now) for locale in consent_mails.LOCALES}
            for kind in KINDS
        },
    )


def _problem() -> str:
    try:
        consent_mails.see_that_possible()
    except DomainError as error:
        return str(_(error.message, **error.params))
    return ""


@compose.post("/settings/consents")
@require(Permission.MANAGE_WORKSPACE)
def change_consents() -> Response | tuple[str, int]:
    forms = {kind: _form(kind, typed=True) for kind in KINDS}
    # Both, so that both say what is wrong.
    fine = [form.validate_on_submit() for form in forms.values()]
    if not all(fine):
        return _page(forms), 422
    for kind, form in forms.items():
        consent_mails.decide(
            kind, on=form.on.data, intro_ko=form.intro_ko.data or "", intro_en=form.intro_en.data or "", now=clock.now()
        )
    flash(_("The settings are saved."), "success")
    return redirect(url_for(".consents"), 303)
