"""The postmaster's view of a sending domain: what receivers report of it, and how the large ones receive our mail."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.conduct import queries as conduct
from app.core.access import Permission, allowed, current_member, require
from app.core.clock import now
from app.core.errors import DomainError
from app.core.limits import limit
from app.core.site import settings
from app.domains import dmarc, postmaster, queries
from app.domains.records import dmarc_text
from app.domains.terms import Purpose
from app.domains.words import reported
from app.reports import providers
from app.reports.forms import DmarcForm
from app.reports.routes.door import reports


@reports.get("/settings/domains/<int:domain_id>/reports")
@require(Permission.VIEW)
def postmaster_view(domain_id: int) -> str:
    return _page(domain_id, DmarcForm(formdata=None))


def _page(domain_id: int, form: DmarcForm) -> str:
    found = queries.domain(domain_id)
    summary = postmaster.summary(domain_id, now=now())
    return render_template(
        "reports/postmaster.html",
        domain=found,
        form=form,
        summary=summary,
        finding=reported(found, summary),
        shown=postmaster.SHOWN,
        received=providers.receptions(),
        allowed_today=conduct.allowed_today(now(), from_our_domain=False),
        left_today=conduct.room(now()),
        wanted=dmarc_text(found.token, settings().mail_domain),
        asked_for=any("rua=" in text.lower() for text in found.record(Purpose.DMARC).found),
        may_manage=allowed(current_member().role, Permission.MANAGE_WORKSPACE),
    )


@reports.post("/settings/domains/<int:domain_id>/reports")
@require(Permission.MANAGE_WORKSPACE)
def add_dmarc_report(domain_id: int) -> Response | tuple[str, int]:
    found, form = queries.domain(domain_id), DmarcForm()
    if form.validate_on_submit():
        try:
            limit("dmarc-reports", str(found.id), count=200, seconds=3600)
            new = postmaster.take_in(domain_id, form.file.data.read(dmarc.LARGEST_FILE + 1))
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("The report is added.") if new else _("This report was known already."), "success")
            return redirect(url_for(".postmaster_view", domain_id=domain_id), 303)
    return _page(domain_id, form), form.status
