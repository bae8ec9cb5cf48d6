"""The page on which a workspace sees how receivers take its mail."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.conduct import queries as conduct
from app.core import clock
from app.core.db import db
from app.domains import postmaster
from app.lists.models import Suppression
from app.reports import providers
from app.sending.models import DomainCount
from tests.domains.test_dmarc import BAD, GOOD, domain_of, report, zipped
from tests.support.content import fill
from tests.support.workspaces import Place


def row(domain: str, **counts: Any) -> SimpleNamespace:
    nothing = {"accepted": 0, "bounced": 0, "expired": 0, "deferred": 0, "complained": 0, "reply": ""}
    return SimpleNamespace(domain=domain, **(nothing | counts))


def test_domains_of_a_provider_are_one_line() -> None:
    found = providers.grouped(
        [row("naver.com", accepted=5), row("gmail.com", accepted=80, deferred=8), row("googlemail.com", accepted=20),
         row("gmail.com", complained=1), row("school.example", accepted=1, reply="451 later")]
    )  # fmt: skip
    assert [(one.name, one.mails) for one in found] == [("Gmail", 100), ("Naver", 5), ("school.example", 1)]
    assert found[0].share(found[0].deferred) == 0.08
    assert found[0].complained == 1
    assert found[2].reply == "451 later"


def test_the_page_shows_reports_and_providers(workspace: Place, other_workspace: Place) -> None:
    ids = fill(workspace)
    with workspace.inside():
        for domain, deferred in (("gmail.com", 30), ("naver.com", 0)):
            db.session.add(
                DomainCount(mailing_id=ids["mailing_id"], domain=domain, wait=0, accepted=100, deferred=deferred,
                            reply="421 slow", replied_at=clock.now())
            )  # fmt: skip
        db.session.add(Suppression(address_key="angry@gmail.com", reason="complaint"))
        postmaster.take_in(ids["domain_id"], report("daily.example", GOOD, BAD))
    page = workspace.client().get(f"/settings/domains/{ids['domain_id']}/reports").text
    shown = ("Gmail", "Naver", "30.0%", "192.0.2.7", "198.51.100.9", "google.com", "Nothing proves that 3 are yours")
    for said in shown:
        assert said in page, said
    with other_workspace.inside():
        assert providers.receptions() == []


def test_an_empty_page_says_what_to_set(workspace: Place) -> None:
    number, name = domain_of(workspace)
    page = workspace.client().get(f"/settings/domains/{number}/reports").text
    assert f"_dmarc.{name}" in page
    assert "rua=mailto:dmarc+" in page
    assert f"/settings/domains/{number}/reports" in workspace.client().get(f"/settings/domains/{number}").text


def upload(client: FlaskClient, number: int, file: bytes) -> Any:
    data = {"file": (io.BytesIO(file), "report.zip")}
    return client.post(f"/settings/domains/{number}/reports", data=data, content_type="multipart/form-data")


def test_a_report_is_added_by_hand(workspace: Place, client: FlaskClient) -> None:
    number, name = domain_of(workspace)
    assert upload(client, number, zipped(report(name, GOOD))).status_code == 303
    assert "120" in client.get(f"/settings/domains/{number}/reports").text


@pytest.mark.parametrize("file", [b"nothing", zipped(report("other.example", GOOD))], ids=["no report", "other domain"])
def test_a_wrong_file_is_refused_with_the_reason(workspace: Place, client: FlaskClient, file: bytes) -> None:
    number, _name = domain_of(workspace)
    answer = upload(client, number, file)
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert client.post(f"/settings/domains/{number}/reports").status_code == 422


def test_nobody_else_reaches_it(workspace: Place, other_client: FlaskClient, anonymous: FlaskClient) -> None:
    number, name = domain_of(workspace)
    assert other_client.get(f"/settings/domains/{number}/reports").status_code == 404
    assert upload(other_client, number, zipped(report(name, GOOD))).status_code == 404
    assert anonymous.get(f"/settings/domains/{number}/reports").status_code == 302


def test_how_far_the_warm_up_is(new_workspace: Callable[..., Place]) -> None:
    known, small = new_workspace(plan="newspaper"), new_workspace(plan="free")
    with small.inside():
        allowed = conduct.allowed_today(clock.now(), from_our_domain=False)
    assert allowed is not None
    pages = []
    for place in (known, small):
        number, _name = domain_of(place)
        pages.append(place.client().get(f"/settings/domains/{number}/reports").text)
    assert "any number of mails a day" in pages[0]
    assert f"{allowed:,} mails may go today, and {allowed:,} of them are left" in pages[1]
