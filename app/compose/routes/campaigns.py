"""Pages of campaigns: the list, one with its mails, and the step that puts a mail into one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.compose import campaigns, queries
from app.compose.forms.campaigns import CampaignForm, PlaceForm
from app.compose.routes.blueprint import Answer, Draft, compose, step_page
from app.core.access import Permission, current_member, require
from app.sending import queries as sending
from app.tenants.queries import members


@compose.get("/campaigns")
@require(Permission.VIEW)
def all_campaigns() -> str:
    text, folder = request.args.get("q", "").strip(), request.args.get("folder")
    return render_template(
        "compose/campaigns.html",
        rows=campaigns.campaigns(text=text, folder=folder),
        text=text,
        folder=folder,
        folders=campaigns.folders(),
        names=_names(),
    )


def _names() -> dict[int | None, str]:
    return {member.id: member.display_name for member in members()}


@compose.get("/campaigns/new")
@require(Permission.WRITE)
def new_campaign() -> str:
    form = _form()
    form.owner_id.data = current_member().id
    return _form_page(form, None)


def _form(**given: Draft) -> CampaignForm:
    form = CampaignForm(**given)
    form.offer(members())
    return form


def _form_page(form: CampaignForm, campaign: Draft | None) -> str:
    return render_template("compose/campaign_form.html", form=form, campaign=campaign, folders=campaigns.folders())


@compose.post("/campaigns")
@require(Permission.WRITE)
def create_campaign() -> Answer:
    form = _form()
    if not form.validate_on_submit():
        return _form_page(form, None), 422
    made = campaigns.begin(form.written)
    return redirect(url_for(".campaign", campaign_id=made.id), 303)


@compose.get("/campaigns/<int:campaign_id>")
@require(Permission.VIEW)
def campaign(campaign_id: int) -> str:
    chosen = campaigns.campaign(campaign_id)
    mailings = campaigns.mailings_of(campaign_id)
    return render_template(
        "compose/campaign.html",
        campaign=chosen,
        mailings=mailings,
        launches=sending.launches_of([each.id for each in mailings]),
        names=_names(),
    )


@compose.get("/campaigns/<int:campaign_id>/edit")
@require(Permission.WRITE)
def edit_campaign(campaign_id: int) -> str:
    chosen = campaigns.campaign(campaign_id)
    return _form_page(_form(obj=chosen), chosen)


@compose.post("/campaigns/<int:campaign_id>")
@require(Permission.WRITE)
def save_campaign(campaign_id: int) -> Answer:
    chosen = campaigns.campaign(campaign_id)
    form = _form()
    if not form.validate_on_submit():
        return _form_page(form, chosen), 422
    campaigns.change(chosen, form.written)
    return redirect(url_for(".campaign", campaign_id=campaign_id), 303)


@compose.post("/campaigns/<int:campaign_id>/deletions")
@require(Permission.WRITE)
def delete_campaign(campaign_id: int) -> Response:
    chosen = campaigns.campaign(campaign_id)
    title = chosen.title
    campaigns.delete(chosen)
    flash(_("The campaign “%(title)s” is deleted. Its mails are kept.", title=title), "success")
    return redirect(url_for(".all_campaigns"), 303)


@compose.get("/mailings/<int:mailing_id>/campaign")
@require(Permission.VIEW)
def place(mailing_id: int) -> str:
    mailing = queries.mailing(mailing_id)
    form = _place_form()
    form.campaign_id.data = mailing.campaign_id or 0
    return _place_page(form, mailing)


def _place_form() -> PlaceForm:
    form = PlaceForm()
    form.offer([each.campaign for each in campaigns.campaigns()])
    return form


def _place_page(form: PlaceForm, mailing: Draft) -> str:
    chosen = campaigns.campaign(mailing.campaign_id) if mailing.campaign_id else None
    return step_page("place", "place", mailing, form=form, campaign=chosen)


@compose.post("/mailings/<int:mailing_id>/campaign")
@require(Permission.WRITE)
def save_place(mailing_id: int) -> Answer:
    mailing = queries.mailing(mailing_id)
    form = _place_form()
    if not form.validate_on_submit():
        return _place_page(form, mailing), 422
    campaigns.put(mailing, form.campaign_id.data or None)
    if sending.launch(mailing_id) is not None:
        return redirect(url_for(".show", mailing_id=mailing_id), 303)
    return redirect(url_for(".mail", mailing_id=mailing_id), 303)
