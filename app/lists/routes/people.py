"""People: all of them, one with what is known, adding, correcting, forgetting."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.core.access import Permission, current_member, require
from app.core.errors import DomainError
from app.lists import consent_letters, edits, fields, preferences, queries, service, tracking
from app.lists.fields import FieldsUnfit
from app.lists.forms import ContactForm, PersonForm, contact_form
from app.lists.routes.door import lists, number_from, the_contact, the_list
from app.lists.service import Person
from app.lists.sorting import Order, order_of
from app.lists.words import value_fault
from app.tenants.queries import members

Page = str | tuple[str, int] | Response


@lists.get("/contacts")
def contacts() -> str:
    text = request.args.get("q", "").strip()
    order = order_of(request.args.get("sort", ""))
    rows = queries.everybody(text=text, before=number_from("before"), order=order, count=queries.PAGE + 1)
    page = rows[: queries.PAGE]
    sort = None if order is Order.NEWEST else order
    more = url_for(".contacts", q=text or None, sort=sort, before=page[-1].id) if len(rows) > len(page) else None
    return render_template("lists/contacts.html", rows=page, text=text, more=more, order=order)


@lists.get("/lists/<int:list_id>/contacts/new")
def new_person(list_id: int) -> str:
    return render_template("lists/person.html", form=PersonForm(), contact_list=the_list(list_id))


@lists.post("/lists/<int:list_id>/contacts")
@require(Permission.EDIT_LISTS)
def add_person(list_id: int) -> Page:
    contact_list = the_list(list_id)
    form = PersonForm()
    if form.validate_on_submit():
        try:
            person = Person(form.address.data, form.name.data)
            added = service.add_person(
                contact_list.id, person, consent=form.consent.data, member_id=current_member().id
            )
            flash(_("%(address)s is on the list.", address=added.address), "success")
            return redirect(url_for(".show", list_id=list_id), 303)
        except DomainError as error:
            form.refuse(error, at="address")
    return render_template("lists/person.html", form=form, contact_list=contact_list), form.status


@lists.get("/contacts/<int:contact_id>")
def contact(contact_id: int) -> str:
    found, known = the_contact(contact_id), fields.fields()
    return render_template(
        "lists/contact.html",
        contact=found,
        fields=known,
        tracked=tracking.is_tracked(contact_id),
        places=queries.places_of(contact_id),
        suppression=queries.suppression_of(found.address_key),
        consents=preferences.consents(contact_id),
        told=consent_letters.told(contact_id),
        list_titles=queries.list_titles(),
        mails=preferences.mails(contact_id),
        edits=edits.edits(contact_id),
        labels={"email": _("E-mail address"), "name": _("Name"), **{field.key: field.title for field in known}},
        members={member.id: member.account.name or member.account.email for member in members()},
    )


@lists.post("/contacts/<int:contact_id>/tracking")
@require(Permission.EDIT_LISTS)
def change_tracking(contact_id: int) -> Response:
    tracking.set_tracked(the_contact(contact_id).id, "tracked" in request.form)
    flash(_("Saved."), "success")
    return redirect(url_for(".contact", contact_id=contact_id), 303)


@lists.get("/contacts/<int:contact_id>/edit")
def edit_contact(contact_id: int) -> str:
    found, known = the_contact(contact_id), fields.fields()
    form = contact_form(known, found.fields)(address=found.address, name=found.name)
    return render_template("lists/contact_form.html", form=form, contact=found, fields=known)


@lists.post("/contacts/<int:contact_id>")
@require(Permission.EDIT_LISTS)
def update_contact(contact_id: int) -> Page:
    found, known = the_contact(contact_id), fields.fields()
    form = contact_form(known, {})()
    if form.validate_on_submit() and _saved(found, form, known):
        flash(_("Saved."), "success")
        return redirect(url_for(".contact", contact_id=contact_id), 303)
    return render_template("lists/contact_form.html", form=form, contact=found, fields=known), form.status


def _saved(found: queries.Contact, form: ContactForm, known: list[fields.Field]) -> bool:
    """Save what was typed; where something is refused, say it at its field."""
    inputs = {each.key: form[f"field_{each.id}"] for each in known}
    try:
        with edits.noted(found, member_id=current_member().id):
            fields.fill(found, {key: _typed(control.data) for key, control in inputs.items()})
            service.update_contact(found, Person(form.address.data, form.name.data))
    except FieldsUnfit as error:
        for key, reason in error.faults.items():
            inputs[key].errors = [value_fault(reason)]
        return False
    except DomainError as error:
        form.refuse(error, at="address")
        return False
    return True


def _typed(data: str | list[str]) -> str:
    return "|".join(data) if isinstance(data, list) else data


@lists.post("/contacts/deletions")
@require(Permission.EDIT_LISTS)
def delete_contacts() -> Page:
    """Ask first, then do: what is forgotten cannot be brought back."""
    ids = request.form.getlist("ids", type=int)[: 2 * queries.PAGE]
    back = number_from("list") or request.form.get("list", type=int)
    chosen = queries.contacts_with(ids)
    if not chosen or "confirmed" not in request.form:
        return render_template("lists/delete.html", chosen=chosen, back=back)
    gone = service.delete_contacts([one.id for one in chosen])
    flash(ngettext("%(num)d person is forgotten.", "%(num)d people are forgotten.", gone), "success")
    return redirect(url_for(".show", list_id=back) if back else url_for(".contacts"), 303)
