"""The people of a mailing: who they are, to take away, to keep as a segment, to be written to again."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.access import Permission, allowed, current_member, require
from app.core.errors import NotFound
from app.lists import queries as lists
from app.reports import again, exports, parts, queries, views
from app.reports.parts import Part
from app.reports.people import PAGE, Group, Wanted, people
from app.reports.routes.door import reports
from app.tenants.queries import current_workspace

QUERY = ("group", "bounce", "link", "q", "client", "device", "os", "field", "value", "list", "segment")


@reports.get("/reports/<int:mailing_id>/people")
def people_page(mailing_id: int) -> str:
    report = queries.report(mailing_id)
    wanted = _wanted()
    after = request.args.get("after", 0, type=int)
    found = people(mailing_id, wanted, after=after, count=PAGE + 1) if wanted else []
    more = _query_url(".people_page", mailing_id, after=found[PAGE - 1].seq) if len(found) > PAGE else None
    meant = wanted or Wanted()
    role = current_member().role
    return render_template(
        "reports/people.html",
        report=report,
        wanted=meant,
        part=parts.title(meant.part, mailing_id),
        people=found[:PAGE],
        chips=views.people_chips(report, meant),
        export_url=_query_url(".people_file", mailing_id),
        segment_url=_query_url(".make_segment", mailing_id) if allowed(role, Permission.EDIT_LISTS) else None,
        again_url=_query_url(".send_again", mailing_id) if allowed(role, Permission.WRITE) else None,
        can_keep=again.can_keep(report, meant),
        can_repeat=again.can_repeat(report, meant),
        more=more,
    )


@reports.get("/reports/<int:mailing_id>/people.csv")
def people_file(mailing_id: int) -> Response:
    report = queries.report(mailing_id)
    wanted = _wanted() or Wanted()
    rows = exports.people_csv(mailing_id, wanted, current_workspace().timezone)
    response = Response(stream_with_context(rows), mimetype="text/csv")
    name = f"report-{report.mailing_id}-{wanted.group.value}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@reports.post("/reports/<int:mailing_id>/segments")
@require(Permission.EDIT_LISTS)
def make_segment(mailing_id: int) -> Response:
    report = queries.report(mailing_id)
    made = again.keep(report, _wanted() or Wanted())
    flash(_("“%(title)s” is saved.", title=made.title), "success")
    return redirect(url_for("lists.edit_segment", segment_id=made.id), 303)


@reports.post("/reports/<int:mailing_id>/repeats")
@require(Permission.WRITE)
def send_again(mailing_id: int) -> Response:
    report = queries.report(mailing_id)
    draft_id = again.repeat(report, _wanted() or Wanted(), author_id=current_member().id)
    flash(_("This draft goes to them only. Nothing is sent before you send it."), "success")
    return redirect(url_for("compose.mail", mailing_id=draft_id), 303)


def _wanted() -> Wanted | None:
    """Return whom the address asks for; None for a person whom we do not know."""
    group = request.args.get("group", Group.ALL.value)
    if group not in list(Group):
        raise NotFound
    contact_id = 0
    if address := request.args.get("q", "").strip():
        contact = lists.contact_by_address(address)
        if contact is None:
            return None
        contact_id = contact.id
    bounce = request.args.get("bounce", "")
    return Wanted(Group(group), bounce, request.args.get("link", 0, type=int), contact_id, _used(), _part())


def _used() -> tuple[str, str, str] | None:
    device, client, os = (request.args.get(name, "") for name in ("device", "client", "os"))
    return (device, client, os) if device or client or os else None


def _part() -> Part:
    args = request.args
    if key := args.get("field", ""):
        return Part(key, args.get("value", ""))
    if list_id := args.get("list", 0, type=int):
        return Part(list_id=list_id)
    return Part(segment_id=args.get("segment", 0, type=int))


def _query_url(endpoint: str, mailing_id: int, **values: Any) -> str:
    kept: dict[str, Any] = {name: request.args[name] for name in QUERY if request.args.get(name)}
    return url_for(endpoint, mailing_id=mailing_id, **kept, **values)
