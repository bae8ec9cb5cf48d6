"""Coming in on the word of a provider that really answers: who gets in, who does not, and what is asked besides."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
import sqlalchemy as sa
from werkzeug.test import TestResponse

from app.core import clock, site
from app.core.access import Role
from app.core.db import db
from app.core.tenancy import control_plane
from app.dispatch import Dispatcher
from app.tenants.models import Account, Identity, PersonSession
from config.settings import Settings, SettingsError
from tests.support.workspaces import PASSWORD, HostClient, Place, browser
from tests.tenants.mailbox import door, fresh_name, letters_to
from tests.tenants.provider import CLIENT_ID, CLIENT_SECRET, LocalProvider, Person, running
from tests.tenants.test_members import add_member
from tests.tenants.test_security import NOW, code_of, set_up

SITE = "http://messagepark.test"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalProvider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(server: LocalProvider, settings: Settings, dispatcher: Dispatcher) -> LocalProvider:
    """The provider as it should be, set up as the operator does, who also lets a loopback address be reached."""
    server.wrong, server.shared_key, server.silent = {}, False, False
    site.use_settings(with_provider(settings, server))
    return server


def with_provider(settings: Settings, provider: LocalProvider) -> Settings:
    return replace(
        settings, oidc_issuer=provider.url, oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET,
        oidc_name="The Paper's ID", reachable_networks=("127.0.0.1/32",),
    )  # fmt: skip


@dataclass
class Traveller:
    """A browser at a workspace's door, and the same browser at the site."""

    door: HostClient
    site: HostClient

    def out(self, url: str = "/sign-in/providers/oidc?next=/lists") -> str:
        """Press the button, and be at the provider; returns the address that it sends the browser back to."""
        to_site = self.door.get(url)
        assert to_site.status_code == 302, to_site.text
        return self.by_site(to_site.headers["Location"])

    def by_site(self, url: str) -> str:
        to_provider = self.site.get(_path(url))
        assert to_provider.status_code == 302, to_provider.text
        answer = requests.get(to_provider.headers["Location"], allow_redirects=False, timeout=5)
        assert answer.headers["Location"].startswith(f"{SITE}/sign-in/providers/oidc/answers?")
        return answer.headers["Location"]

    def home(self, answer_url: str) -> str:
        """Come back to the site; returns where it leads on to."""
        return str(self.site.get(_path(answer_url)).headers["Location"])

    def come_in(self) -> TestResponse:
        """The whole way, and through the door."""
        arrival = _path(self.home(self.out()))
        page = self.door.get(arrival)
        assert "data-presses-itself" in page.text, page.text
        return self.door.post(arrival)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def traveller(place: Place) -> Traveller:
    at_site = browser(place.dispatcher.site, SITE)
    at_site.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return Traveller(place.anonymous(), at_site)


def owner(place: Place) -> Person:
    """The workspace's owner, as the provider knows them."""
    return Person(f"s-{place.id}-{secrets.token_hex(4)}", place.email.upper())


def identities(place: Place, account_id: int | None = None) -> list[str]:
    with place.dispatcher.site.app_context(), control_plane():
        query = sa.select(Identity.subject).where(Identity.account_id == (account_id or place.account_id))
        return list(db.session.scalars(query))


def test_without_settings_no_button_is_shown(workspace: Place, site_client: HostClient) -> None:
    assert "/sign-in/providers/" not in workspace.anonymous().get("/sign-in").text
    assert "/sign-in/providers/" not in site_client.get("/sign-up").text
    assert workspace.anonymous().get("/sign-in/providers/oidc").status_code == 404
    assert site_client.get("/sign-in/providers/google").status_code == 404


def test_a_member_comes_in_and_is_told_of_it(provider: LocalProvider, workspace: Place, dispatcher: Dispatcher) -> None:
    provider.person = owner(workspace)
    guest = traveller(workspace)
    page = guest.door.get("/sign-in?next=/lists").text
    assert "The Paper&#39;s ID" in page
    answer = guest.come_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/lists")
    assert guest.door.get("/lists").status_code == 200
    assert identities(workspace) == [provider.person.subject]
    with workspace.inside():
        ways = set(db.session.scalars(sa.select(PersonSession.way).where(PersonSession.tenant_id == workspace.id)))
    assert "provider" in ways
    [letter] = letters_to(dispatcher, workspace.email)
    assert "You can sign in with The Paper's ID now" in letter.subject
    again = traveller(workspace)
    provider.person.email_verified = False
    assert again.come_in().status_code == 303, "who is connected is known by their number there, not by an address"
    assert len(letters_to(dispatcher, workspace.email)) == 1


def test_a_second_factor_is_asked_for_before_anything_is_connected(
    provider: LocalProvider, workspace: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    secret, _codes = set_up(workspace.client(), NOW)
    provider.person = owner(workspace)
    guest = traveller(workspace)
    assert guest.come_in().headers["Location"] == "/sign-in/second-step"
    assert guest.door.get("/lists").status_code == 302
    assert identities(workspace) == []
    later = NOW + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    answer = guest.door.post("/sign-in/second-step", data={"code": code_of(secret, later)})
    assert answer.headers["Location"] == "/lists"
    assert identities(workspace) == [provider.person.subject]
    assert traveller(workspace).come_in().headers["Location"] == "/sign-in/second-step", "each time"


@pytest.mark.parametrize("verified", [False, "true", None, 1], ids=str)
def test_an_address_that_the_provider_does_not_vouch_for_opens_nothing(
    provider: LocalProvider, workspace: Place, verified: object
) -> None:
    provider.person = owner(workspace)
    provider.person.email_verified = verified
    answer = traveller(workspace).come_in()
    assert answer.status_code == 422
    assert "does not say that this e-mail address is yours" in answer.text
    assert identities(workspace) == []


def test_a_stranger_and_another_workspaces_member_stay_outside(
    provider: LocalProvider, workspace: Place, other_workspace: Place
) -> None:
    provider.person = owner(other_workspace)
    answer = traveller(workspace).come_in()
    assert answer.status_code == 422
    assert "Ask an administrator to invite you" in answer.text
    assert traveller(other_workspace).come_in().status_code == 303
    assert traveller(workspace).come_in().status_code == 422, "connected elsewhere is no member here"


def test_an_unverified_account_is_not_connected(provider: LocalProvider, workspace: Place) -> None:
    account, _member = add_member(workspace, Role.EDITOR)
    with workspace.dispatcher.site.app_context(), control_plane():
        person = db.session.get_one(Account, account)
        person.verified_at, email = None, person.email
        db.session.commit()
    provider.person = Person("provisional", email)
    assert traveller(workspace).come_in().status_code == 422
    assert identities(workspace, account) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"aud": ["another-client", "third"], "azp": CLIENT_ID},
        {"nonce": "another"},
        {"exp": 1_000_000_000},
        {"sub": ""},
    ],
    ids="+".join,
)
def test_an_id_token_that_is_not_right_opens_nothing(
    provider: LocalProvider, workspace: Place, wrong: dict[str, object]
) -> None:
    provider.person, provider.wrong = owner(workspace), wrong
    guest = traveller(workspace)
    leads_to = guest.home(guest.out())
    assert leads_to == f"{workspace.url}/sign-in?refused=oidc"
    assert "did not tell us who you are" in guest.door.get("/sign-in?refused=oidc").text


def test_a_token_signed_with_the_shared_secret_opens_nothing(provider: LocalProvider, workspace: Place) -> None:
    provider.person, provider.shared_key = owner(workspace), True
    guest = traveller(workspace)
    assert guest.home(guest.out()).endswith("?refused=oidc")


def test_an_answer_is_for_the_browser_that_asked_and_once(provider: LocalProvider, workspace: Place) -> None:
    provider.person = owner(workspace)
    guest, thief = traveller(workspace), traveller(workspace)
    answer = guest.out()
    assert thief.site.get(_path(answer)).status_code == 422, "no state in this browser"
    arrival = _path(guest.home(answer))
    assert guest.site.get(_path(answer)).status_code == 422, "the state was used"
    thief.out()
    assert thief.door.post(arrival).status_code == 404, "another handshake"
    assert guest.door.post(arrival).status_code == 404, "and a word that was tried is spent"


def test_an_arrival_is_for_one_workspace(provider: LocalProvider, workspace: Place, other_workspace: Place) -> None:
    provider.person = owner(workspace)
    guest = traveller(workspace)
    arrival = _path(guest.home(guest.out()))
    assert other_workspace.anonymous().post(arrival).status_code == 404


def test_who_gives_up_at_the_provider_is_back_at_the_door(provider: LocalProvider, workspace: Place) -> None:
    guest = traveller(workspace)
    state = re.search(r"state=([^&]+)", guest.out())
    assert state
    leads_to = guest.home(f"{SITE}/sign-in/providers/oidc/answers?error=access_denied&state={state[1]}")
    assert leads_to == f"{workspace.url}/sign-in?refused=oidc"


def test_a_provider_that_is_away_is_told(provider: LocalProvider, workspace: Place) -> None:
    provider.person, provider.silent = owner(workspace), True
    guest = traveller(workspace)
    assert guest.site.get(_path(guest.out())).status_code == 503


def test_the_guard_lets_nobody_reach_a_private_provider_without_the_setting(
    provider: LocalProvider, settings: Settings, workspace: Place
) -> None:
    from app.tenants import oidc

    oidc._client.cache_clear()
    site.use_settings(replace(with_provider(settings, provider), reachable_networks=()))
    guest = traveller(workspace)
    answer = guest.site.get(_path(guest.door.get("/sign-in/providers/oidc").headers["Location"]))
    assert answer.status_code == 503


def test_an_origin_that_is_forged_is_refused(provider: LocalProvider, site_client: HostClient) -> None:
    assert site_client.get("/sign-in/providers/oidc?origin=forged").status_code == 404


def test_somebody_disconnects_their_own(provider: LocalProvider, workspace: Place, other_workspace: Place) -> None:
    provider.person = owner(workspace)
    guest = traveller(workspace)
    guest.come_in()
    page = guest.door.get("/settings/security").text
    found = re.search(r'action="(/settings/security/providers/\d+/removals)"', page)
    assert found
    assert provider.person.email.lower() in page
    assert other_workspace.client().post(found[1]).status_code == 404
    assert guest.door.post(found[1]).status_code == 303
    assert identities(workspace) == []


def sign_up(guest: Traveller, slug: str) -> TestResponse:
    named = _path(guest.home(guest.by_site("/sign-in/providers/oidc")))
    assert named == "/sign-up/workspace"
    assert provider_email(guest) in guest.site.get(named).text
    return guest.site.post(named, data={"workspace_name": "The Paper", "slug": slug})


def provider_email(guest: Traveller) -> str:
    with guest.site.session_transaction(base_url=SITE) as kept:
        return str(kept["newcomer"]["email"])


def test_somebody_signs_up_with_a_provider_and_comes_in(
    provider: LocalProvider, workspace: Place, dispatcher: Dispatcher
) -> None:
    slug = fresh_name()
    provider.person = Person(slug, f"{slug}@example.com")
    guest = traveller(workspace)
    assert sign_up(guest, slug).headers["Location"] == "/sign-up/ready"
    ready = guest.site.get("/sign-up/ready").text
    assert f"http://{slug}.messagepark.test/sign-in/providers/oidc" in ready
    guest.door = door(dispatcher, slug)  # type: ignore[assignment]
    assert guest.come_in().status_code == 303
    page = guest.door.get("/settings/members").text
    assert "Mina Kim" in page
    assert "not verified" not in page


def test_who_has_an_account_signs_up_another_workspace_with_it(
    provider: LocalProvider, workspace: Place, dispatcher: Dispatcher
) -> None:
    provider.person = owner(workspace)
    slug = fresh_name()
    assert sign_up(traveller(workspace), slug).status_code == 303
    assert identities(workspace) == [], "nothing is connected before the door"
    client = door(dispatcher, slug)
    answer = client.post("/sign-in", data={"email": workspace.email, "password": PASSWORD})
    assert answer.status_code == 303


def test_an_unproven_address_signs_nobody_up(provider: LocalProvider, workspace: Place) -> None:
    provider.person = Person("x", "x@example.com", email_verified=False)
    guest = traveller(workspace)
    assert _path(guest.home(guest.by_site("/sign-in/providers/oidc"))) == "/sign-up?refused=oidc"
    assert guest.site.get("/sign-up/workspace").headers["Location"] == "/sign-up"
    assert "did not confirm" in guest.site.get("/sign-up?refused=oidc").text


def test_google_is_offered_with_its_settings(settings: Settings, workspace: Place) -> None:
    site.use_settings(replace(settings, google_client_id="id", google_client_secret="secret"))
    assert 'href="/sign-in/providers/google"' in workspace.anonymous().get("/sign-in").text


@pytest.mark.parametrize(
    "half",
    [
        {"MESSAGEPARK_GOOGLE_CLIENT_ID": "id"},
        {"MESSAGEPARK_OIDC_ISSUER": "https://id.example", "MESSAGEPARK_OIDC_CLIENT_ID": "id"},
    ],
    ids=["google", "oidc"],
)
def test_half_a_provider_is_refused_at_the_start(half: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        Settings.from_env(half)
