"""The third step: the mail as somebody will get it, and a test to one's own mailbox."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.compose import queries, service
from app.compose.forms import TestForm
from app.compose.routes.blueprint import Answer, Draft, compose, draft_or_elsewhere, step_page
from app.core.access import Permission, current_member, require
from app.core.errors import DomainError
from app.document.frame import framed
from app.lists import queries as lists

SAMPLE = 20


@compose.get("/mailings/<int:mailing_id>/preview")
@require(Permission.VIEW)
def preview(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    if elsewhere:
        return elsewhere
    form = TestForm()
    form.addresses.data = current_member().email
    return _page(mailing, form, contact_id=_chosen_contact(mailing))


def _chosen_contact(mailing: Draft) -> int | None:
    """The contact asked for, else the first of the audience. Any contact of the workspace may be looked through."""
    wanted = request.args.get("contact", type=int)
    if wanted is not None and lists.contact(wanted):
        return wanted
    people = lists.sample_contacts(queries.audience_of(mailing), 1)
    return people[0].id if people else None


def _page(mailing: Draft, form: TestForm, *, contact_id: int | None) -> str:
    view = request.args.get("view", "desktop")
    sample = lists.sample_contacts(queries.audience_of(mailing), SAMPLE)
    chosen = lists.contact(contact_id) if contact_id else None
    form.contact.data = contact_id
    return step_page(
        "preview",
        "preview",
        mailing,
        form=form,
        view=view if view in ("desktop", "phone", "text") else "desktop",
        people=[*([chosen] if chosen and chosen not in sample else []), *sample],
        contact=chosen,
        rendered=service.rendered_for(mailing, contact_id),
        size=len(mailing.html.encode()),
    )


@compose.get("/mailings/<int:mailing_id>/preview/mail")
@require(Permission.VIEW)
def preview_mail(mailing_id: int) -> tuple[str, dict[str, str]]:
    """The mail itself, for the frame."""
    mailing = queries.mailing(mailing_id)
    return framed(service.rendered_for(mailing, request.args.get("contact", type=int)).html)


@compose.post("/mailings/<int:mailing_id>/tests")
@require(Permission.WRITE)
def send_test(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    if elsewhere:
        return elsewhere
    form = TestForm()
    if not form.validate_on_submit():
        return _page(mailing, form, contact_id=form.contact.data), 422
    try:
        service.send_test(mailing, form.found, contact_id=form.contact.data)
    except DomainError as error:
        form.addresses.errors = [_(error.message, **error.params)]
        return _page(mailing, form, contact_id=form.contact.data), error.status
    count = len(form.found)
    flash(
        ngettext("A test is on its way to %(num)d address.", "Tests are on their way to %(num)d addresses.", count),
        "success",
    )
    return redirect(url_for(".preview", mailing_id=mailing_id, contact=form.contact.data), 303)
