"""Who comes in to the console, and where it is."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.core.crypto import hash_password
from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.tenants.models import Account
from config.settings import Settings
from tests.support.console import CONSOLE, EMAIL, operator_account
from tests.support.workspaces import PASSWORD, Place


def test_only_operators_come_in(dispatcher: Dispatcher, workspace: Place, stranger: FlaskClient) -> None:
    assert stranger.get("/").headers["Location"] == "/sign-in"
    assert stranger.post("/queues/failed-jobs/retries").status_code == 302
    answer = stranger.post("/sign-in", data={"email": workspace.email, "password": PASSWORD})
    assert answer.status_code == 422
    with stranger.session_transaction(base_url=CONSOLE) as session:
        session["_user_id"] = f"{workspace.account_id}:1"
    assert stranger.get("/").status_code == 302


def test_an_unverified_account_with_an_operators_address_is_nobody(
    dispatcher: Dispatcher, stranger: FlaskClient
) -> None:
    with dispatcher.site.app_context(), control_plane(), unit_of_work():
        account = Account(email=EMAIL, password_hash=hash_password("the stranger's words"))
        db.session.add(account)
        db.session.flush()
        account_id = account.id
    answer = stranger.post("/sign-in", data={"email": EMAIL, "password": "the stranger's words"})
    assert answer.status_code == 422
    with stranger.session_transaction(base_url=CONSOLE) as session:
        session["_user_id"] = f"{account_id}:1"
    assert stranger.get("/").status_code == 302


def test_the_password_alone_opens_nothing(dispatcher: Dispatcher, stranger: FlaskClient) -> None:
    operator_account(dispatcher)
    assert stranger.post("/sign-in", data={"email": EMAIL, "password": "something else"}).status_code == 422
    answer = stranger.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/second-factor")
    assert stranger.get("/").status_code == 302, "the password alone opens nothing"


def test_the_console_has_a_host_of_its_own(
    dispatcher: Dispatcher, operator: FlaskClient, site_client: FlaskClient, client: FlaskClient
) -> None:
    assert dispatcher.app_of_host("operator.messagepark.test") is dispatcher.console
    for elsewhere in (site_client, client):
        for path in ("/workspaces/1", "/queues", "/operator/", "/system"):
            assert elsewhere.get(path).status_code == 404, path
    cookie = operator.get_cookie("messagepark", domain="operator.messagepark.test")
    assert cookie is not None
    site_client.set_cookie("messagepark", cookie.value, domain="messagepark.test")
    assert site_client.get("/").status_code == 200


def test_the_settings_name_the_host() -> None:
    assert Settings().console_url == "http://operator.localhost:8000"
    assert Settings(operator_host="Ops.example.com").console_host == "ops.example.com"


def test_a_cookie_of_a_workspace_means_nothing_here(
    dispatcher: Dispatcher, operator: FlaskClient, workspace: Place
) -> None:
    foreign = workspace.client().get_cookie("messagepark", domain=f"{workspace.slug}.messagepark.test")
    assert foreign is not None
    operator.set_cookie("messagepark", foreign.value, domain="operator.messagepark.test")
    assert operator.get("/").location == "/sign-in"


def test_signing_out_ends_it(operator: FlaskClient) -> None:
    assert operator.get("/").status_code == 200
    assert operator.post("/sign-out").status_code == 303
    assert operator.get("/").status_code == 302
