"""The public addresses in every mail: open pixel, links, unsubscribe, view in browser. A GET here never changes a
reader's subscription, because scanners and previews send GETs too."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from app.core.errors import DomainError
from app.core.tokens import BadToken
from app.document.compiled import RenderedMail
from app.lists.preferences import token_of
from app.lists.states import LeaveReason
from app.lists.words import leave_reason, said
from app.tracking import forwarding as forwards
from app.tracking import service
from app.tracking.classify import PURPOSES, Visit
from app.tracking.conversions import Order, marked, take
from app.tracking.forms import ForwardForm
from app.tracking.queries import Recipient, may_return, recipient, subscribed_titles
from app.tracking.terms import NO_STORE, PIXEL, EventKind

# The mail is its author's HTML: it gets no scripts, no forms, and an origin of its own.
MAIL_POLICY = (
    "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline' https:; font-src https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)

tracking = Blueprint("tracking", __name__, template_folder="templates")


@tracking.record_once
def _needs_no_csrf_token(state: BlueprintSetupState) -> None:
    # RFC 8058: the one-click POST carries no cookie, so it asks for no login. The token in the address is the secret.
    state.app.extensions["csrf"].exempt(tracking)


@tracking.get("/o/<token>.gif")
def opened(token: str) -> Response:
    try:
        service.note(service.ref_of(token), EventKind.OPEN, _visit())
    except BadToken:
        return Response(status=404)
    return Response(PIXEL, mimetype="image/gif", headers={"Cache-Control": NO_STORE})


@tracking.get("/r/<token>.gif")
def reading(token: str) -> Response:
    """A picture that is never quite there: `worker.reading` gives it, where nothing in front leads there already."""
    service.ref_of(token)
    if server := current_app.config["SETTINGS"].reading_url:
        return _unstored(redirect(f"{server}/t/r/{token}.gif"))
    return _unstored(Response(PIXEL, mimetype="image/gif"))


@tracking.get("/c/<token>/<int:number>")
def clicked(token: str, number: int) -> Response:
    ref = service.ref_of(token)
    target = marked(service.click_target(ref, number), current_app.config["WORKSPACE"], ref.mailing_id, ref.seq)
    service.note(ref, EventKind.CLICK, _visit(), link=number)
    return _unstored(redirect(target))


@tracking.get("/s.gif")
def ordered() -> Response:
    """An order, told by a picture on the shop's page of thanks. It is as signed as the server's own call."""
    _take_order(request.args)
    return _unstored(Response(PIXEL, mimetype="image/gif"))


@tracking.post("/s")
def order() -> Response:
    """An order, told by the shop's server."""
    _take_order(request.form)
    return _unstored(Response("Counted.\n", 202, mimetype="text/plain"))


def _take_order(said: Mapping[str, str]) -> None:
    found = Order(*(said.get(name, "").strip() for name in ("order", "amount", "who")))
    take(current_app.config["WORKSPACE"], found, said.get("sign", ""))


@tracking.get("/h/<token>")
def trapped(token: str) -> Response:
    """A link in the mail that nobody sees: whoever follows it is a machine."""
    service.note_trapped(service.ref_of(token), _visit())
    return _unstored(Response(status=204))


@tracking.get("/v/<token>")
def viewed(token: str) -> Response:
    ref = service.ref_of(token)
    return _mail_page(service.view(ref, token, _visit()))


def _mail_page(mail: RenderedMail) -> Response:
    response = _unstored(Response(mail.html, mimetype="text/html"))
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@tracking.get("/f/<token>")
def forwarding(token: str) -> Response:
    """Ask whom to send the mail on to."""
    return _forward_page(recipient(service.ref_of(token)), token, ForwardForm(formdata=None))


@tracking.post("/f/<token>")
def send_on(token: str) -> Response:
    """Machines that fill in what nobody sees get the same thanks."""
    person, form = recipient(service.ref_of(token)), ForwardForm()
    if form.validate_on_submit() and (form.website.data or _sent_on(person, form)):
        return _unstored(redirect(url_for(".forwarding", token=token, sent=1), 303))
    return _forward_page(person, token, form, status=422)


def _sent_on(person: Recipient, form: ForwardForm) -> bool:
    wish = forwards.Wish(form.email.data, form.name.data or "", request.remote_addr or "")
    try:
        forwards.forward(person, wish, _visit())
    except DomainError as error:
        control = form.name if isinstance(error, forwards.NoName) else form.email
        control.errors = [said(error)]
        return False
    return True


def _forward_page(person: Recipient, token: str, form: ForwardForm, *, status: int = 200) -> Response:
    subject, sent = forwards.subject_of(person), "sent" in request.args
    html = render_template("tracking/forward.html", token=token, form=form, subject=subject, sent=sent)
    response = _unstored(Response(html, status, mimetype="text/html"))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@tracking.get("/w/<token>")
def forwarded(token: str) -> Response:
    """The mail as a friend reads it: nothing in it is the reader's, and nothing is counted."""
    return _mail_page(forwards.read(token))


@tracking.get("/u/<token>")
def leaving(token: str) -> Response:
    """Ask; or, to somebody who has left, say so."""
    return _page(recipient(service.ref_of(token)), token)


@tracking.get("/p/<token>")
def preferring(token: str) -> Response:
    """To the reader's own page, by a token that lives shorter than the mail."""
    person = recipient(service.ref_of(token))
    return _unstored(redirect(url_for("readers.preferences", token=token_of(person.contact_id, person.ref.mailing_id))))


@tracking.post("/u/<token>/reasons")
def say_why(token: str) -> Response:
    person = recipient(service.ref_of(token))
    service.note_reason(person, request.form.get("reason", ""), request.form.get("note", ""))
    return _unstored(redirect(url_for(".leaving", token=token, told=1), 303))


@tracking.post("/u/<token>")
def leave(token: str) -> Response:
    person = recipient(service.ref_of(token))
    if request.form.get("List-Unsubscribe") == "One-Click":
        service.unsubscribe(person, service.ONE_CLICK, _visit())
        return _unstored(Response("Unsubscribed.\n", mimetype="text/plain"))
    service.unsubscribe(person, service.LINK, _visit())
    return _unstored(redirect(url_for(".leaving", token=token), 303))


@tracking.post("/u/<token>/mistakes")
def come_back(token: str) -> Response:
    service.take_back(recipient(service.ref_of(token)), _visit())
    return _unstored(redirect(url_for(".leaving", token=token, back=1), 303))


def _page(person: Recipient, token: str) -> Response:
    titles = subscribed_titles(person)
    html = render_template(
        "tracking/leave.html" if titles else "tracking/left.html",
        token=token,
        address=masked(person.address),
        titles=titles,
        may_return=may_return(person),
        came_back="back" in request.args,
        told="told" in request.args,
        reasons={reason.value: leave_reason(reason) for reason in LeaveReason},
    )
    response = _unstored(Response(html, mimetype="text/html"))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def masked(address: str) -> str:
    """Return an address its owner knows again, and whoever was forwarded the mail does not learn: ``k•••@daum.net``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _visit() -> Visit:
    headers = request.headers
    purpose = " ".join(headers.get(name, "") for name in PURPOSES)
    address, language = request.remote_addr or "", headers.get("Accept-Language", "")
    return Visit(request.method, headers.get("User-Agent", ""), purpose, address, language)


def _unstored(response: Response) -> Response:
    response.headers["Cache-Control"] = NO_STORE
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
