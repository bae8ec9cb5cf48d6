"""From sign-up to a verified workspace, and what a stranger can and cannot do with somebody else's address."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.core import unit
from app.core.errors import RateLimited
from app.dispatch import Dispatcher
from app.tenants import queries, service
from tests.support.workspaces import PASSWORD as OWNERS_PASSWORD
from tests.support.workspaces import Place, browser
from tests.tenants.mailbox import (
    PASSWORD,
    SignUp,
    door,
    fresh_name,
    letters_to,
    link_in,
    order,
    sign_in,
    without_tokens,
)


def test_sign_up_verify_and_send(dispatcher: Dispatcher, sign_up: SignUp) -> None:
    email, slug = sign_up()
    [letter] = letters_to(dispatcher, email)
    client = door(dispatcher, slug)
    assert client.get(link_in(letter)).status_code == 200
    answer = client.post(link_in(letter), data={"password": PASSWORD})
    assert answer.status_code == 303
    workspace = queries_of(dispatcher, slug)
    assert workspace.state == "active"
    assert client.get("/settings").status_code == 200


def test_the_letter_is_complete_in_both_parts(dispatcher: Dispatcher, sign_up: SignUp) -> None:
    email, slug = sign_up()
    [letter] = letters_to(dispatcher, email)
    assert link_in(letter) in letter.html
    assert "The Paper" in letter.subject
    assert letter.sender_address.endswith("@messagepark.test")
    assert f"http://{slug}.messagepark.test/" in letter.text


def test_opening_the_link_changes_nothing(dispatcher: Dispatcher, sign_up: SignUp) -> None:
    email, slug = sign_up()
    [letter] = letters_to(dispatcher, email)
    for _ in range(2):
        door(dispatcher, slug).get(link_in(letter))
    assert queries_of(dispatcher, slug).state == "unverified"


def test_whoever_is_signed_in_needs_only_the_button(dispatcher: Dispatcher, sign_up: SignUp) -> None:
    email, slug = sign_up()
    client = door(dispatcher, slug)
    assert sign_in(client, email) == 303
    [letter] = letters_to(dispatcher, email)
    assert client.post(link_in(letter)).status_code == 303
    assert queries_of(dispatcher, slug).state == "active"
    assert client.get("/settings").status_code == 200


def test_an_unverified_workspace_may_look_around_but_not_send(dispatcher: Dispatcher, sign_up: SignUp) -> None:
    email, slug = sign_up()
    client = door(dispatcher, slug)
    assert sign_in(client, email) == 303
    assert "confirm" in client.get("/settings/profile", headers={"Accept-Language": "en"}).text.lower()
    app = dispatcher.app_of_host(f"{slug}.messagepark.test")
    assert app is not None
    with app.app_context():
        try:
            service.require_verified()
        except service.NotVerified:
            unit.roll_back()
        else:
            raise AssertionError("an unverified workspace could send")


def test_a_verified_workspace_may_send(workspace: Place) -> None:
    with workspace.inside():
        service.require_verified()


def test_the_link_alone_verifies_nothing(dispatcher: Dispatcher, sign_up: SignUp) -> None:
    """Whoever owns the address but did not sign up opens the link: the stranger's password must not become theirs."""
    email, slug = sign_up()
    [letter] = letters_to(dispatcher, email)
    owner = door(dispatcher, slug)
    assert owner.post(link_in(letter)).status_code == 422
    assert owner.post(link_in(letter), data={"password": "not the one"}).status_code == 422
    assert queries_of(dispatcher, slug).state == "unverified"


def test_a_link_of_one_workspace_is_nothing_at_another(dispatcher: Dispatcher, sign_up: SignUp) -> None:
    email, _slug = sign_up()
    _other, elsewhere = sign_up()
    [letter] = letters_to(dispatcher, email)
    assert door(dispatcher, elsewhere).get(link_in(letter)).status_code == 404
    assert door(dispatcher, elsewhere).post(link_in(letter), data={"password": PASSWORD}).status_code == 404


def test_a_known_address_gets_the_same_answer_as_a_new_one(dispatcher: Dispatcher, workspace: Place) -> None:
    answers = []
    for email in (workspace.email, f"{fresh_name()}@example.com"):
        slug = fresh_name()
        stranger = browser(dispatcher.site, "http://messagepark.test")
        answer = stranger.post("/sign-up", data=order(email, slug))
        page = without_tokens(stranger.get("/sign-up/mail").text, email, slug)
        front = door(dispatcher, slug)
        inside = sign_in(front, email), front.get("/settings/profile").status_code
        answers.append((answer.status_code, answer.headers["Location"], page, inside))
    assert answers[0] == answers[1]


def test_a_known_address_is_told_by_mail_only(dispatcher: Dispatcher, workspace: Place, sign_up: SignUp) -> None:
    sign_up(workspace.email)
    [letter] = letters_to(dispatcher, workspace.email)
    assert workspace.url in letter.text


def test_a_stranger_neither_takes_nor_alters_an_account(
    dispatcher: Dispatcher, workspace: Place, sign_up: SignUp
) -> None:
    _email, slug = sign_up(workspace.email, "the stranger's own words")
    assert sign_in(workspace.anonymous(), workspace.email, "the stranger's own words") == 422
    assert sign_in(workspace.anonymous(), workspace.email, OWNERS_PASSWORD) == 303
    assert workspace.client().get("/settings").status_code == 200
    [letter] = letters_to(dispatcher, workspace.email)
    assert (
        door(dispatcher, slug).post(link_in(letter), data={"password": "the stranger's own words"}).status_code == 422
    )


def test_the_owner_joins_a_new_workspace_with_the_old_password(
    dispatcher: Dispatcher, workspace: Place, sign_up: SignUp
) -> None:
    _email, slug = sign_up(workspace.email, "some other words of mine")
    stranger = door(dispatcher, slug)
    assert sign_in(stranger, workspace.email, "some other words of mine") == 303
    [letter] = letters_to(dispatcher, workspace.email)
    owner = door(dispatcher, slug)
    assert owner.post(link_in(letter), data={"password": OWNERS_PASSWORD}).status_code == 303
    assert owner.get("/settings").status_code == 200
    assert queries_of(dispatcher, slug).state == "active"
    assert stranger.get("/settings").status_code == 302, "the provisional account's session must have ended"
    assert sign_in(door(dispatcher, slug), workspace.email, "some other words of mine") == 422
    assert sign_in(workspace.anonymous(), workspace.email, OWNERS_PASSWORD) == 303


def test_two_sign_ups_of_one_address_do_not_meet(dispatcher: Dispatcher, sign_up: SignUp) -> None:
    email, first = sign_up(password="the words of the first")
    sign_up(email, "the words of the second")
    one, two = letters_to(dispatcher, email)
    assert sign_in(door(dispatcher, first), email, "the words of the second") == 422
    assert door(dispatcher, first).post(link_in(one), data={"password": "the words of the first"}).status_code == 303
    second = link_in(two)
    slug = two.text.partition("http://")[2].partition(".")[0]
    assert door(dispatcher, slug).post(second, data={"password": "the words of the second"}).status_code == 422
    assert door(dispatcher, slug).post(second, data={"password": "the words of the first"}).status_code == 303


def test_a_taken_slug_and_a_weak_password_are_told_and_nothing_is_lost(
    site_client: FlaskClient, workspace: Place
) -> None:
    email = f"{fresh_name()}@example.com"
    taken = site_client.post("/sign-up", data=order(email, workspace.slug))
    assert taken.status_code == 422
    assert email in taken.text
    weak = site_client.post("/sign-up", data=order(email, fresh_name(), "1234567890"))
    assert weak.status_code == 422
    assert "1234567890" not in weak.text


def test_a_name_that_carries_a_link_is_refused(site_client: FlaskClient) -> None:
    for name in ("Win at http://evil.example", "www.evil.example", "go to evil.example now", "<b>Bold</b>"):
        data = order(f"{fresh_name()}@example.com", fresh_name()) | {"workspace_name": name}
        assert site_client.post("/sign-up", data=data).status_code == 422, name


def test_the_hint_tells_whether_a_slug_is_free(site_client: FlaskClient, workspace: Place) -> None:
    assert "field-ok" in site_client.get(f"/sign-up/availability?slug={fresh_name()}").text
    for slug in (workspace.slug, "admin", "a", "xn--80ak6aa92e"):
        assert "field-error" in site_client.get(f"/sign-up/availability?slug={slug}").text, slug


def test_the_mails_to_one_address_are_capped_over_all_workspaces(dispatcher: Dispatcher, sign_up: SignUp) -> None:
    email, slug = sign_up()
    for _ in range(3):
        sign_up(email)
    client = door(dispatcher, slug)
    sign_in(client, email)
    assert client.post("/verifications").status_code == 303
    assert client.post("/verifications").status_code == RateLimited.status
    stranger = browser(dispatcher.site, "http://messagepark.test")
    assert stranger.post("/sign-up", data=order(email, fresh_name())).status_code == RateLimited.status
    assert len(letters_to(dispatcher, email)) == 5


def test_sign_ups_from_one_place_are_limited(site_client: FlaskClient) -> None:
    answers = [
        site_client.post("/sign-up", data=order(f"{fresh_name()}@example.com", "admin")).status_code for _ in range(22)
    ]
    assert answers[:20] == [422] * 20
    assert answers[20:] == [RateLimited.status] * 2


def queries_of(dispatcher: Dispatcher, slug: str) -> queries.Workspace:
    with dispatcher.site.app_context():
        found = queries.workspace_by_host(slug, "")
    assert found is not None
    return found
