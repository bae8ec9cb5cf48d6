"""The report by device and client: what its tables say is what the events say, for its own workspace only."""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from app.core import clock
from app.core.db import db
from app.reports import clients
from app.reports.clients import Part
from app.tracking.models import Event
from app.tracking.service import record_events
from tests.reports.sample import Fate, answer, begin, event
from tests.support.workspaces import Place
from tests.tracking.test_classify import PEOPLE, PROXIES, SAFARI


@pytest.fixture
def mailing_id(workspace: Place) -> int:
    """Three people on telephones, two at a computer, one behind Gmail, two machines."""
    fate = Fate(total=12, accepted=10, bounced=2)
    made = begin(workspace, fate)
    answer(workspace, made, fate)
    at = clock.now().timestamp()
    whale, kakao = PEOPLE["whale"], PEOPLE["kakaotalk's browser"]
    events = [event(workspace, made, seq, "open", at + seq, user_agent=SAFARI, language="ko") for seq in (1, 2, 3)]
    events += [event(workspace, made, seq, "open", at + seq, user_agent=whale, language="en") for seq in (4, 5)]
    events += [event(workspace, made, 1, "click", at + 9, link=1, user_agent=kakao, language="ko")]
    events += [event(workspace, made, 6, "open", at, user_agent=PROXIES["gmail"], reason="provider_proxy")]
    events += [event(workspace, made, 7, "open", at, user_agent="Mozilla/5.0", human=False, reason="apple_privacy")]
    events += [event(workspace, made, 8, "click", at, link=1, user_agent=SAFARI, human=False, reason="data_centre")]
    with workspace.inside():
        record_events(events)
    return made


def test_every_number_is_a_recount_of_the_events(workspace: Place, mailing_id: int) -> None:
    with workspace.inside():
        found = clients.reading(mailing_id, "Asia/Seoul")
        columns = (Event.human, Event.kind, Event.device, Event.client, Event.os, Event.at)
        events = list(db.session.execute(sa.select(*columns).where(Event.mailing_id == mailing_id)))
    people = [e for e in events if e.human]
    opens = Counter((e.device, e.client, e.os) for e in people if e.kind == "open")
    clicks = Counter((e.device, e.client, e.os) for e in people if e.kind == "click")
    assert {(u.device, u.client, u.os): (u.opens, u.clicks) for u in found.used} == {
        key: (opens[key], clicks[key]) for key in opens | clicks
    }
    assert (found.opens, found.clicks) == (6, 1)
    assert [(part.key, part.opens, part.clicks) for part in found.devices] == [
        ("phone", 3, 1), ("desktop", 2, 0), ("", 1, 0),
    ]  # fmt: skip
    assert [(part.name, part.opens) for part in found.clients][:2] == [("Safari", 3), ("Whale", 2)]
    assert [(part.key, part.opens, part.clicks) for part in found.languages] == [("ko", 3, 1), ("en", 2, 0)]
    assert {part.key: (part.opens, part.clicks) for part in found.machines} == {
        "apple_privacy": (1, 0), "data_centre": (0, 1),
    }  # fmt: skip
    hours = Counter(e.at.astimezone(ZoneInfo("Asia/Seoul")).hour for e in people if e.kind == "open")
    assert {int(part.key): part.opens for part in found.hours if part.opens} == hours


def test_the_page_says_it_and_leads_to_the_people(client: FlaskClient, mailing_id: int) -> None:
    page = client.get(f"/reports/{mailing_id}/clients").text
    assert "50% of the opens came from phones" in page
    for word in ("KakaoTalk", "Gmail", "Korean", "Apple’s Mail Privacy Protection", "In a data centre"):
        assert word in page
    people = client.get(f"/reports/{mailing_id}/people?device=desktop&client=Whale&os=Windows").text
    assert [f"reader{n}@" in people for n in (3, 4, 5, 6)] == [False, True, True, False]
    assert "People who read it with Whale, Computer, Windows." in people
    file = client.get(f"/reports/{mailing_id}/people.csv?device=desktop&client=Whale&os=Windows").text
    assert file.count("@daily.example.com") == 2


def test_places_are_shown_where_they_are_known(client: FlaskClient, workspace: Place, mailing_id: int) -> None:
    assert "South Korea" not in client.get(f"/reports/{mailing_id}/clients").text
    with workspace.inside():
        db.session.execute(
            sa.text(
                "INSERT INTO trait_reactions (mailing_id, trait, value, opens) VALUES (:id, 'place', 'KR/Seoul', 3)"
            ),
            {"id": mailing_id},
        )
    assert "South Korea, Seoul" in client.get(f"/reports/{mailing_id}/clients").text


def test_the_files_hold_the_same_numbers(client: FlaskClient, mailing_id: int) -> None:
    lines = client.get(f"/reports/{mailing_id}/clients.csv").text.splitlines()
    assert lines[0].removeprefix("\ufeff") == "Client,Device,Operating system,Opens,Clicks"
    assert "Safari,Phone,iOS,3,0" in lines
    data = client.get(f"/reports/{mailing_id}/clients.xlsx").data
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    assert book.get_sheet_by_name("Devices").to_python() == [
        ["Device", "Opens", "Clicks"], ["Phone", 3.0, 1.0], ["Computer", 2.0, 0.0], ["Not known", 1.0, 0.0],
    ]  # fmt: skip
    assert "Places" not in book.sheet_names
    with ZipFile(BytesIO(data)) as parts:
        assert sum(name.startswith("xl/charts/chart") for name in parts.namelist()) == 1


def test_a_mailing_that_nobody_opened_says_so(client: FlaskClient, workspace: Place) -> None:
    made = begin(workspace, Fate())
    page = client.get(f"/reports/{made}/clients")
    assert page.status_code == 200
    assert "Nobody has opened it yet" in page.text
    assert client.get(f"/reports/{made}/clients.xlsx").status_code == 200


def test_a_hidden_device_is_not_guessed() -> None:
    only_gmail = clients.Reading([clients.Used("", "Gmail", "", 3, 0)], [Part("", "Not known", 3, 0)], *[[]] * 6)
    assert clients.finding(only_gmail) == "The mail programs hid on what it was opened"


def test_another_workspace_sees_none_of_it(other_client: FlaskClient, other_workspace: Place, mailing_id: int) -> None:
    for page in ("clients", "clients.csv", "clients.xlsx"):
        assert other_client.get(f"/reports/{mailing_id}/{page}").status_code == 404
    with other_workspace.inside():
        assert clients.reading(mailing_id, "Asia/Seoul").used == []
