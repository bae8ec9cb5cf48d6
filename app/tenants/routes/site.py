"""The site: home page, sign-up, and the ways to one's workspace. Nothing here tells whether an address is known."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response

from app.core.errors import DomainError
from app.core.limits import limit
from app.core.site import settings
from app.tenants import queries, service
from app.tenants.forms.site import FindForm, ProvenSignUpForm, SignUpForm, WhereForm
from app.tenants.providers import NoAddressProven, provider, providers
from app.tenants.routes.visitor import visitor
from app.tenants.slugs import SlugTaken, check_slug
from app.tenants.words import said

site = Blueprint("site", __name__, template_folder="../templates")

HOUR = 3600


@site.get("/")
def home() -> str:
    return render_template("site/home.html")


@site.get("/sign-up")
def sign_up() -> str:
    form = SignUpForm(formdata=None)
    if refused := request.args.get("refused"):
        form.refuse(NoAddressProven(provider=provider(refused).name))
    return _sign_up_page(form)


@site.post("/sign-up")
def create_workspace() -> Response | tuple[str, int]:
    form = SignUpForm()
    if form.validate_on_submit():
        try:
            limit("sign-up", visitor(), count=20, seconds=HOUR)
            service.sign_up(
                order_of(form, email=form.email.data, locale=str(get_locale()), password=form.password.data)
            )
        except DomainError as error:
            form.refuse(error)
        else:
            session["signed_up"] = {"email": form.email.data, "slug": form.slug.data}
            return redirect(url_for(".check_mail"), 303)
    return _sign_up_page(form), form.status


def _sign_up_page(form: SignUpForm) -> str:
    return render_template("tenants/site/sign_up.html", form=form, providers=providers(), after=after_slug())


def after_slug() -> str:
    """Return what follows the part of a workspace's address that one chooses."""
    return settings().tenant_url("\x00").partition("\x00")[2]


def order_of(form: SignUpForm | ProvenSignUpForm, *, email: str, locale: str, password: str = "") -> service.SignUp:
    return service.SignUp(
        email=email,
        password=password,
        workspace_name=form.workspace_name.data,
        slug=form.slug.data,
        locale=locale,
        timezone=current_app.config["BABEL_DEFAULT_TIMEZONE"],
    )


@site.get("/sign-up/availability")
def slug_availability() -> str:
    """A line below the field, fetched while somebody types: whether the address can be had."""
    slug = request.args.get("slug", "").strip().lower()
    refusal = None
    try:
        limit("slug-availability", visitor(), count=300, seconds=HOUR)
        check_slug(slug)
        if queries.slug_is_taken(slug):
            raise SlugTaken
    except DomainError as error:
        refusal = said(error)
    return render_template("tenants/site/_availability.html", slug=slug, refusal=refusal)


@site.get("/sign-up/mail")
def check_mail() -> Response | str:
    signed_up = session.get("signed_up")
    if signed_up is None:
        return redirect(url_for(".sign_up"))
    url = settings().tenant_url(signed_up["slug"])
    return render_template("tenants/site/check_mail.html", email=signed_up["email"], url=url)


@site.get("/sign-in")
def sign_in() -> str:
    return render_template("tenants/site/sign_in.html", form=WhereForm())


@site.post("/sign-in")
def find_door() -> Response | tuple[str, int]:
    form = WhereForm()
    if form.validate_on_submit():
        place = _slug_in(form.place.data)
        if "@" in place:
            return _mail_workspaces(form, place)
        workspace = queries.workspace_by_host(place, "")
        if workspace:
            # Under our own name: a form of ours may lead there (Content-Security-Policy), wherever else it is.
            return redirect(f"{settings().tenant_url(workspace.slug)}/sign-in", 303)
        form.tell_unknown()
    return render_template("tenants/site/sign_in.html", form=form), form.status


def _slug_in(place: str) -> str:
    """Take a whole address for its slug: people copy it from the browser."""
    bare = place.removeprefix("https://").removeprefix("http://").partition("/")[0].partition(":")[0]
    return bare.removesuffix(f".{settings().base_host}")


@site.get("/workspaces/find")
def find() -> str:
    return render_template("tenants/site/find.html", form=FindForm())


@site.post("/workspaces/find")
def mail_workspaces() -> Response | tuple[str, int]:
    form = FindForm()
    if form.validate_on_submit():
        return _mail_workspaces(form, form.email.data)
    return render_template("tenants/site/find.html", form=form), form.status


def _mail_workspaces(form: FindForm | WhereForm, email: str) -> Response | tuple[str, int]:
    try:
        limit("find-workspaces", visitor(), count=20, seconds=HOUR)
        limit("find-workspaces-mail", email, count=5, seconds=HOUR)
        service.request_workspaces_mail(email, str(get_locale()))
    except DomainError as error:
        form.refuse(error)
        template = "find" if isinstance(form, FindForm) else "sign_in"
        return render_template(f"tenants/site/{template}.html", form=form), form.status
    session["found"] = email
    return redirect(url_for(".workspaces_mailed"), 303)


@site.get("/workspaces/find/mail")
def workspaces_mailed() -> Response | str:
    if "found" not in session:
        return redirect(url_for(".find"))
    return render_template("tenants/site/workspaces_mailed.html", email=session["found"])
