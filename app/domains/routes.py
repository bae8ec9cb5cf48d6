"""Sending domains among the settings."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core import clock
from app.core.access import Permission, allowed, current_member, require
from app.core.errors import DomainError
from app.core.limits import limit
from app.domains import checking, queries, service, words
from app.domains.forms import DomainForm
from app.domains.names import suggestion
from app.domains.queries import DomainView
from app.domains.registrars import REGISTRARS, registrar
from app.domains.terms import COUNTED, ED25519, RSA
from app.tenants.queries import current_workspace

domains = Blueprint("domains", __name__, template_folder="templates")


@domains.get("/settings/domains")
@require(Permission.VIEW)
def index() -> str:
    form = DomainForm(formdata=None)
    present = queries.domains()
    form.name.data = suggestion(current_workspace().sender_address, [each.name for each in present])
    return _index_page(form, present)


def _index_page(form: DomainForm, present: list[DomainView]) -> str:
    return render_template(
        "domains/index.html",
        form=form,
        domains=present,
        standing=words.standing,
        total=len(COUNTED),
        may_manage=_may_manage(),
    )


def _may_manage() -> bool:
    return allowed(current_member().role, Permission.MANAGE_WORKSPACE)


@domains.post("/settings/domains")
@require(Permission.MANAGE_WORKSPACE)
def add() -> Response | tuple[str, int]:
    form = DomainForm()
    if form.validate_on_submit():
        try:
            domain_id = service.add_domain(form.name.data)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect(url_for(".show", domain_id=domain_id), 303)
    return _index_page(form, queries.domains()), form.status


@domains.get("/settings/domains/<int:domain_id>")
@require(Permission.VIEW)
def show(domain_id: int) -> str:
    found = queries.domain(domain_id)
    at = registrar(request.args.get("at", ""))
    return render_template(
        "domains/show.html",
        domain=found,
        entries=words.entries(found, queries.wanted(found), at),
        standing=words.standing(found),
        summary=words.summary(found),
        registrars=REGISTRARS,
        at=at,
        second=ED25519,
        may_manage=_may_manage(),
    )


@domains.post("/settings/domains/<int:domain_id>/checks")
@require(Permission.MANAGE_WORKSPACE)
def check(domain_id: int) -> Response:
    found = queries.domain(domain_id)
    limit("domain-checks", str(found.id), count=30, seconds=600)
    checking.check(domain_id, asked=True)
    flash(*_told(queries.domain(domain_id)))
    return redirect(url_for(".show", domain_id=domain_id, at=request.form.get("at") or None), 303)


def _told(found: DomainView) -> tuple[str, str]:
    if found.unanswered:
        return _("DNS did not answer for everything. What it did not answer for stays as it was."), "warning"
    right, total = found.good_count, len(COUNTED)
    if right == total:
        return _("All records are right."), "success"
    return _("%(right)s of %(total)s records are right. New records can take an hour to be seen.",
             right=right, total=total), "info"  # fmt: skip


@domains.post("/settings/domains/<int:domain_id>/rotations")
@require(Permission.MANAGE_WORKSPACE)
def rotate(domain_id: int) -> Response:
    service.rotate_keys(domain_id, now=clock.now(), algorithm=ED25519 if request.form.get("second") else RSA)
    flash(_("Mails are signed with the other key from now on. The old key stays valid meanwhile."), "success")
    return redirect(url_for(".show", domain_id=domain_id), 303)


@domains.post("/settings/domains/<int:domain_id>/second-signature")
@require(Permission.MANAGE_WORKSPACE)
def second_signature(domain_id: int) -> Response:
    if request.form.get("wanted"):
        service.sign_twice(domain_id, now=clock.now())
        flash(_("Set the record of the new key. As soon as it is found, mails carry a second signature."), "success")
    else:
        service.sign_once(domain_id)
        flash(_("Mails carry one signature from now on. The record may stay."), "success")
    return redirect(url_for(".show", domain_id=domain_id), 303)


@domains.post("/settings/domains/<int:domain_id>/removals")
@require(Permission.MANAGE_WORKSPACE)
def remove(domain_id: int) -> Response:
    name = queries.domain(domain_id).display
    service.remove_domain(domain_id)
    flash(_("%(name)s is removed.", name=name), "success")
    return redirect(url_for(".index"), 303)
