"""The third step: the mail as somebody will get it, and a test to one's own mailbox."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.compose import link_check, previewing, queries, service, test_groups, verdicts
from app.compose.attachments import attached, weight
from app.compose.forms import GroupForm, TestForm, TextForm
from app.compose.inspection import inspect, tags_without_default
from app.compose.routes.blueprint import Answer, Draft, compose, draft_or_elsewhere, step_page
from app.core import clock
from app.core.access import Permission, current_member, require
from app.core.errors import Conflict, DomainError
from app.core.limits import limit
from app.core.unit import roll_back
from app.document.frame import framed
from app.document.text import to_text
from app.lists import queries as lists
from app.lists.gaps import people_without

SAMPLE = 20
MOST_AT_ONCE = 6
LINK_CHECKS_AN_HOUR = 30
VIEWS = ("desktop", "phone", "dark", "text")


@compose.get("/mailings/<int:mailing_id>/preview")
@require(Permission.VIEW)
def preview(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    if elsewhere:
        return elsewhere
    form = _test_form(mailing)
    form.addresses.data = current_member().email
    return _page(mailing, form, contact_id=_chosen_contact(mailing))


def _test_form(mailing: Draft, **given: Any) -> TestForm:
    form = TestForm(**given)
    form.offer(test_groups.groups(), lists.sample_contacts(queries.audience_of(mailing), MOST_AT_ONCE))
    return form


def _chosen_contact(mailing: Draft) -> int | None:
    """The contact asked for, else the first of the audience. Any contact of the workspace may be looked through."""
    wanted = request.args.get("contact", type=int)
    if wanted is not None and lists.contact(wanted):
        return wanted
    people = lists.sample_contacts(queries.audience_of(mailing), 1)
    return people[0].id if people else None


def _page(mailing: Draft, form: TestForm, *, contact_id: int | None, text_form: TextForm | None = None) -> str:
    view = "text" if text_form else request.args.get("view", "desktop")
    sample = lists.sample_contacts(queries.audience_of(mailing), SAMPLE)
    chosen = lists.contact(contact_id) if contact_id else None
    form.contact.data = contact_id
    tests = verdicts.test_results(mailing.id)
    return step_page(
        "preview",
        "preview",
        mailing,
        form=form,
        text_form=text_form or _text_form(mailing),
        view=view if view in VIEWS else "desktop",
        people=[*([chosen] if chosen and chosen not in sample else []), *sample],
        contact=chosen,
        rendered=previewing.rendered_for(mailing, contact_id),
        tests=tests,
        tests_move=verdicts.is_moving(tests, clock.now()),
    )


def _text_form(mailing: Draft) -> TextForm:
    form = TextForm(formdata=None, obj=mailing)
    form.text_part.data = mailing.text_part or to_text(mailing.html)
    return form


@compose.post("/mailings/<int:mailing_id>/text")
@require(Permission.WRITE)
def save_text(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    if elsewhere:
        return elsewhere
    form = TextForm()
    if not form.validate_on_submit():
        return _page(mailing, _test_form(mailing, formdata=None), contact_id=None, text_form=form), 422
    words = "" if request.form.get("follow") else form.text_part.data or ""
    try:
        service.change_text_part(mailing_id, words, version=form.version.data or 0, author_id=current_member().id)
    except Conflict:
        form.see(mailing.version)
        form.text_part.errors = [_("Somebody changed the mail in the meantime. Save again to keep your text.")]
        return _page(mailing, _test_form(mailing, formdata=None), contact_id=None, text_form=form), 409
    flash(_("The text part follows the mail.") if not words else _("The text part is saved."), "success")
    return redirect(url_for(".preview", mailing_id=mailing_id, view="text"), 303)


@compose.get("/mailings/<int:mailing_id>/preview/checks")
@require(Permission.VIEW)
def preview_checks(mailing_id: int) -> str:
    """What deserves a look, as a fragment: it counts people, which takes longer than the page may."""
    mailing = queries.mailing(mailing_id)
    who = queries.audience_of(mailing)
    gaps = people_without(tags_without_default(mailing.subject, mailing.html), who)
    people = lists.audience_count(who).total
    checks = inspect(mailing, gaps=gaps, people=people, carries=weight(attached(mailing.attachments)))
    return render_template("compose/_checks.html", mailing=mailing, checks=checks)


@compose.post("/mailings/<int:mailing_id>/link-checks")
@require(Permission.WRITE)
def check_links(mailing_id: int) -> str:
    """Ask the pages behind the links, with no transaction open meanwhile."""
    html = queries.mailing(mailing_id).html
    limit("link-check", str(current_member().id), count=LINK_CHECKS_AN_HOUR, seconds=3600)
    roll_back()
    asked = link_check.ask(link_check.links_of(html))
    return render_template("compose/links.html", mailing=queries.mailing(mailing_id), asked=asked)


@compose.get("/mailings/<int:mailing_id>/preview/mail")
@require(Permission.VIEW)
def preview_mail(mailing_id: int) -> tuple[str, dict[str, str]]:
    """The mail itself, for the frame."""
    mailing = queries.mailing(mailing_id)
    rendered = previewing.rendered_for(mailing, request.args.get("contact", type=int))
    return framed(rendered.html, dark="dark" in request.args)


@compose.post("/mailings/<int:mailing_id>/tests")
@require(Permission.WRITE)
def send_test(mailing_id: int) -> Answer:
    mailing, elsewhere = draft_or_elsewhere(mailing_id)
    if elsewhere:
        return elsewhere
    form = _test_form(mailing)
    if not form.validate_on_submit():
        return _page(mailing, form, contact_id=form.contact.data), 422
    of_group = test_groups.group(form.group.data).addresses if form.group.data else []
    try:
        count = previewing.send_test(mailing, form.test(of_group))
    except DomainError as error:
        form.addresses.errors = [_(error.message, **error.params)]
        return _page(mailing, form, contact_id=form.contact.data), error.status
    flash(ngettext("%(num)d test mail is on its way.", "%(num)d test mails are on their way.", count), "success")
    return redirect(url_for(".preview", mailing_id=mailing_id, contact=form.contact.data), 303)


@compose.get("/mailings/<int:mailing_id>/tests")
@require(Permission.VIEW)
def tests(mailing_id: int) -> str:
    """What became of the tests, as a fragment."""
    mailing, results = queries.mailing(mailing_id), verdicts.test_results(mailing_id)
    move = verdicts.is_moving(results, clock.now())
    return render_template("compose/_tests.html", mailing=mailing, tests=results, tests_move=move)


@compose.get("/test-groups")
@require(Permission.VIEW)
def groups() -> str:
    return _groups_page(GroupForm())


def _groups_page(form: GroupForm, group: Draft | None = None) -> str:
    return render_template("compose/test_groups.html", form=form, group=group, rows=test_groups.groups())


@compose.post("/test-groups")
@require(Permission.WRITE)
def gather_group() -> Answer:
    form = GroupForm()
    if not form.validate_on_submit():
        return _groups_page(form), 422
    test_groups.gather(form.title.data.strip(), form.found)
    return redirect(url_for(".groups"), 303)


@compose.get("/test-groups/<int:group_id>")
@require(Permission.WRITE)
def group(group_id: int) -> str:
    chosen = test_groups.group(group_id)
    return _groups_page(GroupForm(title=chosen.title, addresses="\n".join(chosen.addresses)), chosen)


@compose.post("/test-groups/<int:group_id>")
@require(Permission.WRITE)
def save_group(group_id: int) -> Answer:
    chosen, form = test_groups.group(group_id), GroupForm()
    if not form.validate_on_submit():
        return _groups_page(form, chosen), 422
    test_groups.change(chosen, form.title.data.strip(), form.found)
    return redirect(url_for(".groups"), 303)


@compose.post("/test-groups/<int:group_id>/deletions")
@require(Permission.WRITE)
def dissolve_group(group_id: int) -> Response:
    test_groups.dissolve(test_groups.group(group_id))
    return redirect(url_for(".groups"), 303)
