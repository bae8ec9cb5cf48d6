"""Pages of patterns: what a mail of a kind is each time, and beginning one with it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import campaigns, patterns, queries
from app.compose.forms.campaigns import PatternForm
from app.compose.routes.audience import offered
from app.compose.routes.blueprint import Answer, Draft, compose, language, plain, viewer
from app.core.access import Permission, require
from app.core.errors import NotFound
from app.lists import queries as lists
from app.lists.segments import saved
from app.templates_mgmt import queries as templates
from app.templates_mgmt.starters import starters
from app.tenants.queries import current_workspace


@compose.get("/patterns")
@require(Permission.VIEW)
def all_patterns() -> str:
    return render_template(
        "compose/patterns.html",
        rows=patterns.patterns(),
        titles=lambda each: lists.audience_names(queries.audience_of(each)).chosen,
    )


@compose.get("/patterns/new")
@require(Permission.WRITE)
def new_pattern() -> str:
    """An empty one, or with ``mailing`` one that is like that mail."""
    number = request.args.get("mailing", type=int)
    like = queries.mailing(number) if number is not None else None
    form = _form(f"mailing:{like.id}" if like else "", obj=like)
    if like is None:
        workspace = current_workspace()
        form.sender_name.data = workspace.sender_name or workspace.name
        form.sender_address.data = workspace.sender_address
    else:
        form.title.data, form.start.data = plain(like.subject)[:120], f"mailing:{like.id}"
    return _page(form, None)


def _form(kept_start: str = "", **given: Draft) -> PatternForm:
    """The form; `kept_start` is what the pattern begins with already, so that it stays on offer."""
    form = PatternForm(**given)
    form.offer(lists.lists(), saved.segments())
    form.offer_more(_starts(kept_start), [each.campaign for each in campaigns.campaigns()])
    return form


def _starts(kept: str) -> list[tuple[str, str]]:
    own = [(f"template:{each.id}", each.title) for each in templates.templates(viewer())]
    given = [(f"starter:{each.code}", _(each.title)) for each in starters(language())]
    return [("blank", _("A blank page")), *_as_mail(kept), *own, *given]


def _as_mail(kept: str) -> list[tuple[str, str]]:
    kind, _colon, number = kept.partition(":")
    if kind != "mailing" or not number.isdecimal():
        return []
    try:
        subject = plain(queries.mailing(int(number)).subject)
    except NotFound:
        return []
    return [(kept, _("The mail “%(subject)s”", subject=subject))]


def _page(form: PatternForm, pattern: Draft | None) -> str:
    values: dict[str, Any] = offered(form)
    return render_template("compose/pattern.html", form=form, pattern=pattern, **values)


@compose.post("/patterns")
@require(Permission.WRITE)
def create_pattern() -> Answer:
    form = _form(request.form.get("start", ""))
    if not form.validate_on_submit():
        return _page(form, None), 422
    patterns.lay_down(form.pattern)
    flash(_("The pattern is saved."), "success")
    return redirect(url_for(".all_patterns"), 303)


@compose.get("/patterns/<int:pattern_id>")
@require(Permission.VIEW)
def pattern(pattern_id: int) -> str:
    chosen = patterns.pattern(pattern_id)
    return _page(_form(chosen.start, obj=chosen), chosen)


@compose.post("/patterns/<int:pattern_id>")
@require(Permission.WRITE)
def save_pattern(pattern_id: int) -> Answer:
    chosen = patterns.pattern(pattern_id)
    form = _form(chosen.start)
    if not form.validate_on_submit():
        return _page(form, chosen), 422
    patterns.change(chosen, form.pattern)
    flash(_("The pattern is saved."), "success")
    return redirect(url_for(".all_patterns"), 303)


@compose.post("/patterns/<int:pattern_id>/mailings")
@require(Permission.WRITE)
def begin_with_pattern(pattern_id: int) -> Response:
    used = patterns.pattern(pattern_id)
    made = patterns.begin_mailing(used, language=language(), viewer=viewer())
    return redirect(url_for(".mail", mailing_id=made.id), 303)


@compose.post("/patterns/<int:pattern_id>/deletions")
@require(Permission.WRITE)
def delete_pattern(pattern_id: int) -> Response:
    chosen = patterns.pattern(pattern_id)
    title = chosen.title
    patterns.delete(chosen)
    flash(_("The pattern “%(title)s” is deleted. Mails begun with it stay.", title=title), "success")
    return redirect(url_for(".all_patterns"), 303)
