"""A host name leads to the site or to one tenant's own app."""

from __future__ import annotations

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher, TenantApps, host_of
from app.tenants.models import Tenant
from tests.support.workspaces import Place, make_place


def test_the_apex_leads_to_the_site(dispatcher: Dispatcher) -> None:
    assert dispatcher.app_of_host("messagepark.test") is dispatcher.site
    assert dispatcher.app_of_host("www.messagepark.test") is dispatcher.site


def test_a_slug_leads_to_its_tenants_app(dispatcher: Dispatcher, workspace: Place) -> None:
    app = dispatcher.app_of_host(f"{workspace.slug}.messagepark.test")
    assert app is not None
    assert app.config["TENANT_ID"] == workspace.id


def test_a_custom_host_leads_to_its_tenants_app(dispatcher: Dispatcher) -> None:
    place = make_place(dispatcher, custom_host="mail.daily.example")
    app = dispatcher.app_of_host("mail.daily.example")
    assert app is not None
    assert app.config["TENANT_ID"] == place.id


def test_nobody_answers_for_an_unknown_host(dispatcher: Dispatcher) -> None:
    for host in ("nobody.messagepark.test", "elsewhere.example", "", "a.b.messagepark.test"):
        assert dispatcher.app_of_host(host) is None


def test_the_host_is_read_whatever_its_spelling() -> None:
    assert host_of({"HTTP_HOST": "Daily.Example.:8000"}) == "daily.example"
    assert host_of({"SERVER_NAME": "daily.example"}) == "daily.example"


def test_a_changed_workspace_gets_a_new_app_at_its_next_request(dispatcher: Dispatcher, workspace: Place) -> None:
    host = f"{workspace.slug}.messagepark.test"
    before = dispatcher.app_of_host(host)
    assert dispatcher.app_of_host(host) is before
    with dispatcher.site.app_context(), control_plane(), unit_of_work():
        db.session.execute(
            sa.update(Tenant).where(Tenant.id == workspace.id).values(timezone="UTC", version=Tenant.version + 1)
        )
    after = dispatcher.app_of_host(host)
    assert after is not before
    assert after is not None
    assert after.config["BABEL_DEFAULT_TIMEZONE"] == "UTC"


def test_only_the_newest_apps_are_kept(dispatcher: Dispatcher) -> None:
    apps = TenantApps(dispatcher.prototype, size=2)
    places = [make_place(dispatcher) for _ in range(3)]
    made = [apps.app_for(place.workspace) for place in places]
    assert len(apps) == 2
    assert apps.app_for(places[2].workspace) is made[2]
    assert apps.app_for(places[0].workspace) is not made[0]


def test_each_tenant_has_its_own_cookie_key(workspace: Place, other_workspace: Place) -> None:
    assert workspace.app.secret_key != other_workspace.app.secret_key
    ours: FlaskClient = workspace.client()
    cookie = ours.get_cookie("messagepark", domain=f"{workspace.slug}.messagepark.test")
    assert cookie is not None
    theirs = other_workspace.anonymous()
    theirs.set_cookie("messagepark", cookie.value, domain=f"{other_workspace.slug}.messagepark.test")
    answer = theirs.get("/", base_url=other_workspace.url)
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["Location"]


def test_security_headers_are_on_every_page(workspace: Place) -> None:
    answer = workspace.client().get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_readers_request_asks_the_database_once_a_second(dispatcher: Dispatcher, workspace: Place) -> None:
    def asked(path: str) -> int:
        environ = {"HTTP_HOST": f"{workspace.slug}.messagepark.test", "PATH_INFO": path}
        before = len(statements)
        dispatcher._app_of_request(environ)
        return len(statements) - before

    statements: list[str] = []

    def note(*about: object) -> None:
        statements.append(str(about[2]))

    sa.event.listen(db.engines[None], "before_cursor_execute", note)
    try:
        assert [asked("/t/o/x.gif"), asked("/t/o/x.gif"), asked("/lists")] == [1, 0, 1]
    finally:
        sa.event.remove(db.engines[None], "before_cursor_execute", note)
