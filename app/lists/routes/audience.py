"""Lists: all of them, one with its people, making and changing one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.core import clock
from app.core.access import Permission, require
from app.core.errors import DomainError
from app.lists import overview, queries, service, tracking
from app.lists.forms import ListForm
from app.lists.importer import queries as imports
from app.lists.routes.door import lists, number_from, the_list
from app.lists.sorting import Order, order_of
from app.lists.states import SubscriptionState
from app.lists.words import state_name

Page = str | tuple[str, int] | Response


@lists.get("/lists")
def index() -> str:
    archived, sort = "archived" in request.args, request.args.get("sort", "title")
    found = queries.lists(archived=archived)
    return render_template(
        "lists/index.html", lists=overview.ordered(found, sort), archived=archived, sort=sort,
        put_away=queries.archived_count(),
        suppressed=queries.suppression_count(),
        growth=overview.growth(found, today=clock.now().date()),
        last_mailings=overview.last_mailings(),
    )  # fmt: skip


@lists.get("/lists/new")
def new() -> str:
    return render_template("lists/form.html", form=ListForm(), contact_list=None)


@lists.post("/lists")
@require(Permission.EDIT_LISTS)
def create() -> Page:
    form = ListForm()
    if form.validate_on_submit():
        try:
            made = service.create_list(form.code.data, title=form.title.data, description=form.description.data)
            return redirect(url_for(".show", list_id=made.id), 303)
        except DomainError as error:
            form.refuse(error, at="code")
    return render_template("lists/form.html", form=form, contact_list=None), form.status


@lists.get("/lists/<int:list_id>")
def show(list_id: int) -> str:
    contact_list = the_list(list_id)
    text, state = request.args.get("q", "").strip(), _state()
    order, before = order_of(request.args.get("sort", "")), number_from("before")
    rows = queries.members_of(list_id, text=text, state=state, before=before, order=order, count=queries.PAGE + 1)
    page = rows[: queries.PAGE]
    return render_template(
        "lists/show.html", contact_list=contact_list, rows=page, text=text, state=state, order=order,
        chips=_chips(contact_list, text),
        more=_more(list_id, text, state, order, page[-1].contact_id) if len(rows) > len(page) else None,
        imports=imports.latest(list_id, 5),
    )  # fmt: skip


def _state() -> SubscriptionState | None:
    wanted = request.args.get("state", "")
    return SubscriptionState(wanted) if wanted in list(SubscriptionState) else None


def _more(list_id: int, text: str, state: SubscriptionState | None, order: Order, last: int) -> str:
    sort = None if order is Order.NEWEST else order
    return url_for(".show", list_id=list_id, q=text or None, state=state, sort=sort, before=last)


def _chips(contact_list: queries.ContactList, text: str) -> list[dict[str, object]]:
    """Everybody, and every state that somebody is in."""
    present = _state()
    counts = {state: getattr(contact_list, state.value) for state in SubscriptionState}
    everybody = {"label": _("All"), "count": sum(counts.values()), "active": present is None, "state": None}
    chips = [everybody] + [
        {"label": state_name(state), "count": count, "active": state is present, "state": state}
        for state, count in counts.items()
        if count or state is present
    ]
    return [{**chip, "url": _chip_url(contact_list.id, chip["state"], text)} for chip in chips]


def _chip_url(list_id: int, state: object, text: str) -> str:
    return url_for(".show", list_id=list_id, state=state, q=text or None)


@lists.get("/lists/<int:list_id>/edit")
def edit(list_id: int) -> str:
    contact_list = the_list(list_id)
    return render_template("lists/form.html", form=ListForm(obj=contact_list), contact_list=contact_list)


@lists.post("/lists/<int:list_id>")
@require(Permission.EDIT_LISTS)
def update(list_id: int) -> Page:
    contact_list = the_list(list_id)
    form = ListForm()
    if form.validate_on_submit():
        try:
            service.update_list(
                contact_list,
                code=form.code.data or contact_list.code,
                title=form.title.data,
                description=form.description.data,
            )
            tracking.count(contact_list, opens=form.track_opens.data, clicks=form.track_clicks.data)
            flash(_("The list is saved."), "success")
            return redirect(url_for(".show", list_id=list_id), 303)
        except DomainError as error:
            form.refuse(error, at="code")
    return render_template("lists/form.html", form=form, contact_list=contact_list), form.status


@lists.post("/lists/<int:list_id>/archivings")
@require(Permission.EDIT_LISTS)
def archive(list_id: int) -> Response:
    contact_list = the_list(list_id)
    service.archive_list(contact_list, now=clock.now())
    text = _("“%(title)s” is put away. Everybody in it is kept.", title=contact_list.title)
    flash(text, f"undo:{url_for('.restore', list_id=list_id)}")
    return redirect(url_for(".index"), 303)


@lists.post("/lists/<int:list_id>/restorations")
@require(Permission.EDIT_LISTS)
def restore(list_id: int) -> Response:
    contact_list = the_list(list_id)
    service.restore_list(contact_list)
    flash(_("“%(title)s” is back.", title=contact_list.title), "success")
    return redirect(url_for(".show", list_id=list_id), 303)


@lists.post("/lists/<int:list_id>/unsubscriptions")
@require(Permission.EDIT_LISTS)
def unsubscribe(list_id: int) -> Response:
    contact_list = the_list(list_id)
    ids = request.form.getlist("ids", type=int)
    moved = service.move_subscriptions(ids, SubscriptionState.UNSUBSCRIBED, by="member", list_ids=[contact_list.id])
    text = ngettext("%(num)d person is unsubscribed.", "%(num)d people are unsubscribed.", moved)
    undo = url_for(".resubscribe", list_id=list_id, ids=",".join(map(str, ids)))
    flash(text, f"undo:{undo}" if moved else "info")
    return redirect(url_for(".show", list_id=list_id), 303)


@lists.post("/lists/<int:list_id>/resubscriptions")
@require(Permission.EDIT_LISTS)
def resubscribe(list_id: int) -> Response:
    """Undo of the handler above; nobody comes back whom a member did not unsubscribe."""
    contact_list = the_list(list_id)
    ids = [int(part) for part in request.args.get("ids", "").split(",") if part.isdigit()]
    moved = sum(service.resubscribe_contact(contact_id, contact_list.id) for contact_id in ids[: 2 * queries.PAGE])
    flash(ngettext("%(num)d person is subscribed again.", "%(num)d people are subscribed again.", moved), "success")
    return redirect(url_for(".show", list_id=list_id), 303)
