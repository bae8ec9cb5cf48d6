"""The log of changes: what stands in it, what never does, and who reads it."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from app.core.actor import Actor, ActorKind, act_as, cut_address, device_words
from app.core.audit import AuditEntry
from app.core.db import db
from app.templates_mgmt.models import Template
from tests.support.content import fill
from tests.support.workspaces import PASSWORD, HostClient, Place

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def entries(place: Place, thing: str | None = None) -> list[AuditEntry]:
    with place.inside():
        query = sa.select(AuditEntry).order_by(AuditEntry.id)
        found = list(db.session.scalars(query.where(AuditEntry.thing == thing) if thing else query))
        db.session.expunge_all()
        return found


def change_settings(client: HostClient, **values: str) -> None:
    form = {
        "name": "The Paper", "locale": "en", "timezone": "Asia/Seoul", "brand_color": "#1f4e79", "sender_name": "",
        "sender_address": "",
    }  # fmt: skip
    answer = client.post("/settings", data=form | values, headers={"User-Agent": CHROME})
    assert answer.status_code == 303, answer.text


def test_a_change_stands_there_with_who_what_and_from_where(workspace: Place) -> None:
    client = workspace.client()
    client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    change_settings(client, sender_name="Evening News", sender_address="news@example.com")
    (entry,) = entries(workspace, "tenants")
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("member", workspace.member_id, "Owner")
    assert (entry.action, entry.place, entry.device) == ("update", "203.0.113.0/24", "Chrome · Windows")
    assert entry.before == {"name": workspace.workspace.name, "sender_name": "Tenant News"}
    assert entry.after == {"name": "The Paper", "sender_name": "Evening News"}


def test_what_changes_nothing_leaves_no_entry(workspace: Place) -> None:
    client = workspace.client()
    change_settings(client)
    before = len(entries(workspace))
    change_settings(client)
    assert len(entries(workspace)) == before


def test_what_is_refused_leaves_no_entry(workspace: Place) -> None:
    assert workspace.client().post("/settings", data={"name": ""}).status_code == 422
    assert entries(workspace) == []


def test_no_secret_stands_in_the_log(workspace: Place) -> None:
    answer = workspace.client().post("/settings/profile/passwords", data={"old": PASSWORD, "new": "a whole new phrase"})
    assert answer.status_code == 303
    (entry,) = entries(workspace, "accounts")
    assert entry.before == entry.after == {"password_hash": "•••"}
    everything = " ".join(f"{e.title} {e.before} {e.after}" for e in entries(workspace))
    assert "argon2" not in everything


def test_a_person_on_a_list_stands_there_without_name_and_address(workspace: Place) -> None:
    ids = fill(workspace)
    form = {"email": "moved@example.com", "name": "Secretive", "address": "moved@example.com"}
    workspace.client().post(f"/contacts/{ids['contact_id']}", data=form)
    found = entries(workspace, "contacts")
    assert [entry.action for entry in found] == ["update"]
    assert found[0].thing_id == str(ids["contact_id"])
    assert "Secretive" not in f"{found[0].after} {found[0].before} {found[0].title}"
    assert found[0].after["name"] == "•••"


def test_a_sitting_of_writing_is_one_entry_with_the_first_before_and_the_last_after(workspace: Place) -> None:
    with workspace.inside():
        template = Template(title="Letter", subject="First", html="<p>1</p>")
        db.session.add(template)
    for member_id, subject in ((1, "Second"), (1, "Third"), (2, "Fourth")):
        with workspace.inside():
            act_as(Actor(ActorKind.MEMBER, member_id, "Writer"))
            db.session.execute(sa.update(Template).values(subject=subject))
    told = [(entry.actor_id, entry.before, entry.after) for entry in entries(workspace, "templates")]
    assert told == [
        (1, {"subject": "First"}, {"subject": "Third"}),
        (2, {"subject": "Third"}, {"subject": "Fourth"}),
    ]


def test_the_service_s_own_work_is_no_entry(workspace: Place) -> None:
    with workspace.inside():
        db.session.add(Template(title="Letter", subject="First", html="<p>1</p>"))
    assert entries(workspace) == []


def test_another_workspace_sees_none_of_it(workspace: Place, other_workspace: Place) -> None:
    change_settings(workspace.client(), name="Only Ours")
    assert "Only Ours" in workspace.client().get("/settings/changes").text
    page = other_workspace.client().get("/settings/changes")
    assert page.status_code == 200
    assert "Only Ours" not in page.text
    assert "Only Ours" not in other_workspace.client().get("/settings/changes.csv").text


def test_the_page_is_searched_filtered_and_paged(workspace: Place) -> None:
    client = workspace.client()
    for number in range(55):
        change_settings(client, name=f"Paper {number:02}")
    page = client.get("/settings/changes").text
    assert page.count('scope="row"') == 50
    assert "Paper 54" in page
    more = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "Paper 00" in client.get(more).text
    assert client.get("/settings/changes?q=Paper+07").text.count('scope="row"') == 2
    assert "No change is found" in client.get("/settings/changes?q=100%25").text
    assert client.get("/settings/changes?thing=tenants&since=2020-01-01").text.count('scope="row"') == 50
    assert "No change is found" in client.get("/settings/changes?thing=lists").text
    assert "No change is found" in client.get("/settings/changes?until=2020-01-01").text
    assert "No change is found" in client.get("/settings/changes?member=999999").text
    assert client.get("/settings/changes?since=nonsense&member=x&before=x").status_code == 200


def test_it_is_taken_away_as_a_file_and_the_taking_stands_in_it(workspace: Place) -> None:
    client = workspace.client()
    change_settings(client, sender_name="=1+1")
    answer = client.post("/settings/changes/files?q=1", data={"format": "xlsx"})
    assert answer.headers["Location"] == "/settings/changes.xlsx?q=1"
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/settings/changes.xlsx").data))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[1][2:6:3] == ["Log of changes", "taken away as a file"]
    assert "Sender name: Tenant News → =1+1" in str(rows[2][6])
    text = client.get("/settings/changes.csv?thing=tenants").text
    assert "→ =1+1" in text
    assert "taken away" not in text
    assert client.get("/settings/changes.exe").status_code == 404
    assert client.post("/settings/changes/files", data={"format": "exe"}).status_code == 404


def test_coming_in_by_the_door_is_somebody_s_own_change(workspace: Place) -> None:
    with workspace.inside():
        from app.core.tokens import sign

        token = sign("password-reset", {"tenant": workspace.id, "account": workspace.account_id, "epoch": 1})
    answer = workspace.anonymous().post(f"/password-resets/{token}", data={"password": "a whole new phrase"})
    assert answer.status_code == 303
    (entry,) = entries(workspace, "accounts")
    assert entry.actor_kind == "visitor"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("unknown", ""),
    ],
)
def test_addresses_are_cut(address: str, kept: str) -> None:
    assert cut_address(address) == kept


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chrome · Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit Version/18.0 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140 Whale/4.0 Safari/537.36", "Whale · Linux"),
        ("", ""),
    ],
)
def test_devices_are_named(agent: str, words: str) -> None:
    assert device_words(agent) == words
