"""The door of a workspace: sign-in, sessions, forgotten passwords."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from app.core.db import db
from app.core.errors import RateLimited
from app.core.notices import Notice
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.tenants import service
from app.tenants.models import Account
from tests.support.workspaces import PASSWORD, Place
from tests.tenants.mailbox import SignUp, door, fresh_name, letters_to, link_in, sign_in, without_tokens

NEW = "a wholly different phrase"


def test_a_member_signs_in_and_out(workspace: Place) -> None:
    client = workspace.anonymous()
    assert sign_in(client, workspace.email.upper(), PASSWORD) == 303
    assert client.get("/settings").status_code == 200
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").status_code == 303
    assert client.get("/settings").status_code == 302


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(workspace: Place) -> None:
    pages = []
    for email in (workspace.email, f"{fresh_name()}@example.com"):
        answer = workspace.anonymous().post("/sign-in", data={"email": email, "password": "not this one"})
        pages.append((answer.status_code, without_tokens(answer.text, email)))
    assert pages[0] == pages[1]
    assert pages[0][0] == 422


def test_a_member_of_another_workspace_is_nobody_here(workspace: Place, other_workspace: Place) -> None:
    assert sign_in(other_workspace.anonymous(), workspace.email, PASSWORD) == 422


def test_a_cookie_of_one_workspace_is_worthless_at_another(workspace: Place, other_workspace: Place) -> None:
    client = workspace.anonymous()
    sign_in(client, workspace.email, PASSWORD)
    cookie = client.get_cookie("messagepark", domain=workspace.url.removeprefix("http://"))
    assert cookie is not None
    elsewhere = other_workspace.anonymous()
    elsewhere.set_cookie("messagepark", cookie.value, domain=other_workspace.url.removeprefix("http://"))
    assert elsewhere.get("/settings").status_code == 302
    again = workspace.anonymous()
    again.set_cookie("messagepark", cookie.value, domain=workspace.url.removeprefix("http://"))
    assert again.get("/settings").status_code == 200


def test_a_session_for_an_account_without_a_place_here_is_nobody(workspace: Place, other_workspace: Place) -> None:
    assert workspace.client(account_id=other_workspace.account_id).get("/settings").status_code == 302


def test_the_session_from_before_the_sign_in_does_not_survive_it(workspace: Place) -> None:
    client = workspace.anonymous()
    with client.session_transaction(base_url=workspace.url) as session:
        session["planted"] = "by somebody else"
    sign_in(client, workspace.email, PASSWORD)
    with client.session_transaction(base_url=workspace.url) as session:
        assert "planted" not in session
        assert session.permanent


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("/settings/usage", "/settings/usage"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
    ],
)
def test_sign_in_leads_on_within_the_workspace_only(workspace: Place, wanted: str, expected: str) -> None:
    answer = workspace.anonymous().post(
        "/sign-in", query_string={"next": wanted}, data={"email": workspace.email, "password": PASSWORD}
    )
    assert answer.headers["Location"] == expected


def test_password_tries_are_limited_for_an_address(workspace: Place) -> None:
    answers = [sign_in(workspace.anonymous(), workspace.email, "not this one") for _ in range(11)]
    assert answers == [422] * 10 + [RateLimited.status]
    assert sign_in(workspace.anonymous(), workspace.email, PASSWORD) == RateLimited.status


def test_mistyped_passwords_are_forgotten_after_the_right_one(workspace: Place) -> None:
    for _ in range(3):
        answers = [sign_in(workspace.anonymous(), workspace.email, "not this one") for _ in range(9)]
        assert answers == [422] * 9
        assert sign_in(workspace.anonymous(), workspace.email, PASSWORD) == 303


def test_password_tries_are_limited_for_a_place(workspace: Place) -> None:
    client = workspace.anonymous()
    answers = [sign_in(client, f"{number}@example.com", "x") for number in range(101)]
    assert answers == [422] * 100 + [RateLimited.status]


def test_a_changed_password_ends_every_other_session(workspace: Place) -> None:
    here, elsewhere = workspace.client(), workspace.client()
    answer = here.post("/settings/profile/passwords", data={"old": PASSWORD, "new": NEW})
    assert answer.status_code == 303
    assert here.get("/settings").status_code == 200
    assert elsewhere.get("/settings").status_code == 302
    assert sign_in(workspace.anonymous(), workspace.email, PASSWORD) == 422
    assert sign_in(workspace.anonymous(), workspace.email, NEW) == 303


def test_the_present_password_cannot_be_guessed_with_an_open_session(workspace: Place) -> None:
    client = workspace.client()
    data = {"old": "not this one", "new": NEW}
    answers = [client.post("/settings/profile/passwords", data=data).status_code for _ in range(11)]
    assert answers == [422] * 10 + [RateLimited.status]


def test_forms_of_other_sites_are_refused(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(workspace.dispatcher.prototype.config, "WTF_CSRF_ENABLED", True)
    client = workspace.client()
    for path in ("/sign-in", "/sign-out", "/settings", "/preferences", "/settings/profile/passwords"):
        assert client.post(path, data={"theme": "dark"}).status_code in (400, 422), path
    assert client.get("/settings").status_code == 200


def test_a_password_is_changed_by_whoever_knows_it_only(workspace: Place) -> None:
    answer = workspace.client().post("/settings/profile/passwords", data={"old": "not this one", "new": NEW})
    assert answer.status_code == 422
    assert sign_in(workspace.anonymous(), workspace.email, PASSWORD) == 303


def test_a_forgotten_password_is_chosen_anew(dispatcher: Dispatcher, workspace: Place) -> None:
    open_session = workspace.client()
    client = workspace.anonymous()
    assert client.post("/password-resets", data={"email": workspace.email}).status_code == 303
    link = link_in(reset_letter(dispatcher, workspace))
    assert client.get(link).status_code == 200
    assert client.post(link, data={"password": "1234567890"}).status_code == 422
    assert client.post(link, data={"password": NEW}).status_code == 303
    assert open_session.get("/settings").status_code == 302
    assert sign_in(client, workspace.email, NEW) == 303
    assert client.post(link, data={"password": "used a second time"}).status_code == 404


def reset_letter(dispatcher: Dispatcher, workspace: Place) -> Notice:
    with workspace.inside():
        service.mail_password_reset(workspace.email)
    return letters_to(dispatcher, workspace.email)[-1]


def test_a_reset_link_is_nothing_at_another_workspace(
    dispatcher: Dispatcher, workspace: Place, other_workspace: Place
) -> None:
    link = link_in(reset_letter(dispatcher, workspace))
    assert other_workspace.anonymous().get(link).status_code == 404
    assert other_workspace.anonymous().post(link, data={"password": NEW}).status_code == 404


def test_a_reset_for_an_unknown_address_gets_the_same_answer_and_no_mail(
    dispatcher: Dispatcher, workspace: Place, other_workspace: Place
) -> None:
    stranger = f"{fresh_name()}@example.com"
    answers = []
    for email in (workspace.email, stranger, other_workspace.email):
        client = workspace.anonymous()
        answer = client.post("/password-resets", data={"email": email})
        location = answer.headers["Location"]
        answers.append((answer.status_code, location, without_tokens(client.get(location).text)))
    assert answers[0] == answers[1] == answers[2]
    with workspace.inside():
        service.mail_password_reset(stranger)
        service.mail_password_reset(other_workspace.email)
    assert letters_to(dispatcher, stranger) == letters_to(dispatcher, other_workspace.email) == []


def test_reset_mails_are_limited(workspace: Place) -> None:
    answers = [
        workspace.anonymous().post("/password-resets", data={"email": workspace.email}).status_code for _ in range(6)
    ]
    assert answers == [303] * 5 + [RateLimited.status]


def test_a_reset_proves_the_address_of_an_unverified_workspace(dispatcher: Dispatcher, sign_up: SignUp) -> None:
    email, slug = sign_up()
    app = dispatcher.app_of_host(f"{slug}.messagepark.test")
    assert app is not None
    with app.app_context(), unit_of_work():
        service.mail_password_reset(email)
    link = link_in(letters_to(dispatcher, email)[-1])
    client = door(dispatcher, slug)
    assert client.post(link, data={"password": NEW}).status_code == 303
    client = door(dispatcher, slug)
    assert sign_in(client, email, NEW) == 303
    assert "confirm your" not in client.get("/settings/profile").text.lower()


def test_a_reset_joins_an_unverified_workspace_to_the_account_of_the_address(
    dispatcher: Dispatcher, workspace: Place, sign_up: SignUp
) -> None:
    """The link proves the address, so the password it sets is that of the one account the address has."""
    email, slug = sign_up(workspace.email, "the words of the sign-up")
    app = dispatcher.app_of_host(f"{slug}.messagepark.test")
    assert app is not None
    with app.app_context(), unit_of_work():
        service.mail_password_reset(email)
    link = link_in(letters_to(dispatcher, email)[-1])
    assert door(dispatcher, slug).post(link, data={"password": NEW}).status_code == 303
    assert sign_in(door(dispatcher, slug), email, NEW) == 303
    assert sign_in(workspace.anonymous(), email, NEW) == 303
    assert sign_in(workspace.anonymous(), email, PASSWORD) == 422


def test_find_mails_the_list_of_workspaces_to_a_known_address_only(
    dispatcher: Dispatcher, workspace: Place, site_client: FlaskClient
) -> None:
    stranger = f"{fresh_name()}@example.com"
    pages = []
    for email in (workspace.email, stranger):
        answer = site_client.post("/workspaces/find", data={"email": email})
        page = site_client.get(answer.headers["Location"]).text
        pages.append((answer.status_code, without_tokens(page, email)))
        with dispatcher.site.app_context(), unit_of_work():
            service.mail_workspaces(email, "en")
    assert pages[0] == pages[1]
    [letter] = letters_to(dispatcher, workspace.email)
    assert workspace.url in letter.text
    assert letter.tenant_id is None
    assert letters_to(dispatcher, stranger) == []


def test_the_site_leads_to_the_workspace(workspace: Place, site_client: FlaskClient) -> None:
    for place in (workspace.slug, workspace.url, f"{workspace.url}/lists"):
        assert site_client.post("/sign-in", data={"place": place}).headers["Location"] == f"{workspace.url}/sign-in"
    assert site_client.post("/sign-in", data={"place": "nobody-has-this"}).status_code == 422
    mailed = site_client.post("/sign-in", data={"place": workspace.email})
    assert mailed.headers["Location"] == "/workspaces/find/mail"


def test_the_reset_mail_is_written_by_a_job(
    dispatcher: Dispatcher, workspace: Place, run_tasks: Callable[[], None]
) -> None:
    workspace.anonymous().post("/password-resets", data={"email": workspace.email})
    assert letters_to(dispatcher, workspace.email) == []
    run_tasks()
    assert len(letters_to(dispatcher, workspace.email)) == 1


def test_a_hash_of_weaker_parameters_is_renewed_at_sign_in(workspace: Place) -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=16, parallelism=2).hash(PASSWORD)
    with workspace.inside():
        db.session.execute(sa.update(Account).where(Account.id == workspace.account_id).values(password_hash=weaker))
    assert sign_in(workspace.anonymous(), workspace.email, PASSWORD) == 303
    with workspace.inside():
        stored = db.session.scalar(sa.select(Account.password_hash).where(Account.id == workspace.account_id))
    assert stored not in (None, weaker)
    assert sign_in(workspace.anonymous(), workspace.email, PASSWORD) == 303
