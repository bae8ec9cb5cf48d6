"""The pages of sending domains."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.core.access import Role
from app.core.db import db
from app.domains import queries, service
from app.domains.terms import Purpose, Standing
from app.tenants.models import Member
from tests.domains.conftest import Owned
from tests.domains.dns_server import DnsServer
from tests.support.workspaces import Place

Add = Callable[..., Owned]


def test_a_domain_is_added_checked_and_removed(
    workspace: Place, client: FlaskClient, dns: DnsServer, name: str
) -> None:
    answer = client.post("/settings/domains", data={"name": f"https://www.{name}/"})
    assert answer.status_code == 303
    page = answer.headers["Location"]
    assert f"_messagepark.{name}" in client.get(page).text
    owned = Owned(workspace, int(page.rpartition("/")[2]), dns)
    owned.publish()
    assert client.post(f"{page}/checks", data={"at": "gabia"}).headers["Location"] == f"{page}?at=gabia"
    assert owned.view().standing is Standing.READY
    assert "every record is right" in client.get(page).text
    assert client.post(f"{page}/rotations").status_code == 303
    assert owned.view().active_selector == "mp2"
    assert client.post(f"{page}/second-signature", data={"wanted": "1"}).status_code == 303
    assert f"mpe._domainkey.{name}" in client.get(page).text
    owned.publish(Purpose.DKIM_ED25519)
    owned.check()
    assert "made with the key mpe." in client.get(page).text
    owned.publish(Purpose.DKIM_ED25519_2)
    owned.check()
    assert client.post(f"{page}/rotations", data={"second": "1"}).status_code == 303
    assert "made with the key mpe2." in client.get(page).text
    assert owned.view().active_selector == "mp2"
    assert client.post(f"{page}/second-signature").status_code == 303
    assert f"mpe._domainkey.{name}" not in client.get(page).text
    assert client.post(f"{page}/removals").status_code == 303
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("typed", ["", "park", "naver.com", "co.kr", "x.messagepark.test", "x" * 301])
def test_what_cannot_be_a_domain_comes_back_with_a_reason(client: FlaskClient, typed: str) -> None:
    answer = client.post("/settings/domains", data={"name": typed})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_the_same_domain_twice_is_refused(client: FlaskClient, name: str) -> None:
    assert client.post("/settings/domains", data={"name": name}).status_code == 303
    assert client.post("/settings/domains", data={"name": f"news@{name.upper()}"}).status_code == 422


def test_a_domain_in_other_letters_is_shown_in_them(workspace: Place, client: FlaskClient, name: str) -> None:
    page = client.post("/settings/domains", data={"name": f"공원.{name}"}).headers["Location"]
    shown = client.get(page).text
    assert f"공원.{name}" in shown
    assert f"_messagepark.xn--ob0b930c.{name}" in shown
    assert f"공원.{name}" in client.get("/settings/domains").text


def test_hints_follow_the_registrar(add: Add, workspace: Place, client: FlaskClient, name: str) -> None:
    owned = add(workspace, name)
    plain = client.get(f"/settings/domains/{owned.id}").text
    gabia = client.get(f"/settings/domains/{owned.id}?at=gabia").text
    target = owned.wanted(Purpose.DKIM_1).value
    assert f'data-copy="mp1._domainkey.{name}"' in plain
    assert 'data-copy="mp1._domainkey"' in gabia
    assert f'data-copy="{target}."' in gabia


def test_what_was_found_stands_beside_what_is_wanted(
    add: Add, workspace: Place, client: FlaskClient, name: str, dns: DnsServer
) -> None:
    owned = add(workspace, name)
    dns.txt(name, "v=spf1 mx <script>alert(1)</script> -all")
    owned.check()
    shown = client.get(f"/settings/domains/{owned.id}").text
    assert "&lt;script&gt;" in shown
    assert "<script>alert" not in shown
    assert "include:_spf.messagepark.test -all" in shown


def test_no_key_is_ever_shown(add: Add, workspace: Place, client: FlaskClient, name: str) -> None:
    owned = add(workspace, name, ready=True)
    assert "PRIVATE" not in client.get(f"/settings/domains/{owned.id}").text


def test_another_tenant_meets_404_everywhere(add: Add, workspace: Place, other_client: FlaskClient, name: str) -> None:
    owned = add(workspace, name, ready=True)
    page = f"/settings/domains/{owned.id}"
    assert other_client.get(page).status_code == 404
    for action in ("checks", "rotations", "second-signature", "removals"):
        assert other_client.post(f"{page}/{action}").status_code == 404
    assert name not in other_client.get("/settings/domains").text
    assert owned.view().standing is Standing.READY


def test_looking_changes_nothing_and_asks_nobody(
    add: Add, workspace: Place, client: FlaskClient, name: str, dns: DnsServer
) -> None:
    owned = add(workspace, name)
    before, asked = owned.view(), len(dns.asked)
    for path in ("/settings/domains", f"/settings/domains/{owned.id}", f"/settings/domains/{owned.id}?at=route53"):
        assert client.get(path).status_code == 200
    assert owned.view() == before
    assert len(dns.asked) == asked


def test_who_may_not_manage_sees_and_changes_nothing(
    add: Add, workspace: Place, client: FlaskClient, name: str
) -> None:
    owned = add(workspace, name)
    with workspace.inside():
        db.session.get_one(Member, (workspace.id, workspace.member_id)).role = Role.ANALYST
    page = f"/settings/domains/{owned.id}"
    assert client.get(page).status_code == 200
    assert "/checks" not in client.get(page).text
    assert client.post(f"{page}/checks").status_code == 403
    assert "second-signature" not in client.get(page).text
    assert client.post(f"{page}/second-signature", data={"wanted": "1"}).status_code == 403
    assert client.post(f"{page}/removals").status_code == 403
    assert client.post("/settings/domains", data={"name": "x.example"}).status_code == 403


def test_a_workspace_has_as_many_domains_as_its_plan_says(new_workspace: Callable[..., Place], name: str) -> None:
    place = new_workspace(plan="free")
    with place.inside():
        service.add_domain(f"a.{name}")
    page = place.client().post("/settings/domains", data={"name": f"b.{name}"})
    assert page.status_code == 422
    assert "The plan Free has 1 sending domains. Nothing was added" in page.text
    with place.inside():
        assert [each.name for each in queries.domains()] == [f"a.{name}"]


def test_the_strip_leads_to_the_domains(add: Add, workspace: Place, client: FlaskClient, name: str) -> None:
    add(workspace, name)
    assert 'href="/settings/domains"' in client.get("/settings/usage").text


def test_the_pages_speak_korean(new_workspace: Callable[..., Place], name: str) -> None:
    client = new_workspace(locale="ko").client()
    page = client.post("/settings/domains", data={"name": name}).headers["Location"]
    assert "발송 도메인" in client.get("/settings/domains").text
    shown = client.get(f"{page}?at=gabia").text
    assert "확인" in shown
    assert "DNS 관리" in shown
