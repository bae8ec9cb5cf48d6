"""Coming in on a provider's word. A provider knows one address to send people back to, that of the site; so the way
goes from the door of a workspace to the site, to the provider, to the site, and back to the same door.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core import tokens
from app.core.access import current_member
from app.core.errors import DomainError
from app.core.limits import limit
from app.core.site import settings
from app.core.tenancy import current_tenant_id
from app.tenants import handover, oidc, queries, service
from app.tenants import session as people
from app.tenants.forms.sign_in import SignInForm
from app.tenants.forms.site import ProvenSignUpForm
from app.tenants.providers import Provider, ProviderRefused, Shown, provider
from app.tenants.routes.settings import tenants
from app.tenants.routes.sign_in import must_step_twice, sign_in, sign_in_page
from app.tenants.routes.site import after_slug, order_of, site
from app.tenants.routes.visitor import know_device, next_page, visitor

Page = Response | tuple[str, int] | str

ORIGIN = "provider origin"
ORIGIN_SECONDS = 600
HANDSHAKE = "handshake"
NEWCOMER = "newcomer"
READY = "ready"


@sign_in.get("/sign-in/providers/<key>")
def by_provider(key: str) -> Response:
    """Remember that this browser goes out from here, and send it to the site."""
    if current_user.is_authenticated:
        return redirect(next_page(request.args.get("next")))
    handshake = secrets.token_urlsafe(16)
    session[HANDSHAKE] = {"word": handshake, "next": next_page(request.args.get("next"))}
    own_host = request.host == queries.current_workspace().custom_host
    origin = tokens.sign(ORIGIN, {"tenant": current_tenant_id(), "handshake": handshake, "own_host": own_host})
    return redirect(f"{settings().base_url}{_path_of(provider(key))}?origin={origin}")


def _path_of(chosen: Provider) -> str:
    return f"/sign-in/providers/{chosen.key}"


@site.get("/sign-in/providers/<key>")
def to_provider(key: str) -> Response:
    """Without an origin somebody wants a workspace of their own."""
    limit("provider-place", visitor(), count=100, seconds=900)
    origin = request.args.get("origin")
    kept = tokens.read(ORIGIN, origin, max_age=ORIGIN_SECONDS) if origin else {"tenant": 0, "handshake": ""}
    return oidc.send_to(provider(key), **kept)


@site.get("/sign-in/providers/<key>/answers")
def from_provider(key: str) -> Response:
    chosen = provider(key)
    kept = oidc.kept_for_answer(chosen)
    if kept is None:
        raise ProviderRefused(provider=chosen.name)
    workspace = queries.workspace(kept["tenant"]) if kept["tenant"] else None
    try:
        shown = oidc.read_answer(chosen)
    except ProviderRefused:
        door = f"{_same_door(workspace, kept)}/sign-in" if workspace else url_for("site.sign_up")
        return redirect(f"{door}?refused={chosen.key}")
    if workspace:
        word = handover.hand_over(workspace.id, kept["handshake"], shown)
        return redirect(f"{_same_door(workspace, kept)}/sign-in/arrivals/{word}")
    return _newcomer(chosen, shown)


def _same_door(workspace: queries.Workspace, kept: dict[str, Any]) -> str:
    """Return the host that the browser went out from: its cookie is there, and on no other name of the workspace."""
    return workspace.url if kept["own_host"] else settings().tenant_url(workspace.slug)


def _newcomer(chosen: Provider, shown: Shown) -> Response:
    if not shown.proven:
        return redirect(url_for("site.sign_up", refused=chosen.key))
    session[NEWCOMER] = {"provider": chosen.key, "email": shown.email, "name": shown.name}
    return redirect(url_for("site.name_workspace"))


@sign_in.get("/sign-in/arrivals/<word>")
def arrival(word: str) -> str:
    """A page that presses its button: a GET changes nothing, and whoever comes in is written down."""
    return render_template("tenants/door/arrival.html", word=word)


@sign_in.post("/sign-in/arrivals/<word>")
def come_in(word: str) -> Page:
    begun = session.pop(HANDSHAKE, None) or {"word": "", "next": "/"}
    shown = handover.take_over(word, begun["word"])
    try:
        member = service.member_shown(shown)
    except DomainError as error:
        form = SignInForm(formdata=None)
        form.refuse(error)
        return sign_in_page(form), form.status
    if must_step_twice(member):
        people.stay_at_door(member, begun["next"], shown)
        return redirect(url_for("sign_in.second_step"), 303)
    people.come_in(member, service.Way.PROVIDER)
    service.join_identity(member, shown)
    know_device(member.email)
    return redirect(begun["next"], 303)


@site.get("/sign-up/workspace")
def name_workspace() -> Page:
    return _naming_page(ProvenSignUpForm()) if NEWCOMER in session else redirect(url_for("site.sign_up"))


def _naming_page(form: ProvenSignUpForm) -> str:
    return render_template(
        "tenants/site/name_workspace.html", form=form, newcomer=session[NEWCOMER], after=after_slug()
    )


@site.post("/sign-up/workspace")
def make_workspace() -> Page:
    newcomer, form = session.get(NEWCOMER), ProvenSignUpForm()
    if newcomer is None:
        return redirect(url_for("site.sign_up"), 303)
    if form.validate_on_submit():
        try:
            limit("sign-up", visitor(), count=20, seconds=3600)
            order = order_of(form, email=newcomer["email"], locale=str(get_locale()))
            service.sign_up_proven(order, name=newcomer["name"])
        except DomainError as error:
            form.refuse(error)
        else:
            del session[NEWCOMER]
            session[READY] = {"slug": form.slug.data, "provider": newcomer["provider"]}
            return redirect(url_for("site.workspace_ready"), 303)
    return _naming_page(form), form.status


@site.get("/sign-up/ready")
def workspace_ready() -> Page:
    """The door is a link from here: no form may lead to a provider (Content-Security-Policy, form-action)."""
    ready = session.get(READY)
    if ready is None:
        return redirect(url_for("site.sign_up"))
    url = settings().tenant_url(ready["slug"])
    return render_template("tenants/site/ready.html", url=f"{url}{_path_of(provider(ready['provider']))}")


@tenants.post("/settings/security/providers/<int:identity_id>/removals")
def disconnect(identity_id: int) -> Response:
    service.disconnect(identity_id, current_member().account_id)
    flash(_("It is disconnected. Signing in that way again would connect it again."), "success")
    return redirect(url_for("tenants.security"), 303)
