"""Who opened and clicked, by fields, lists and segments: recounted from the ledger, the raw events and the people."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from html import unescape
from io import BytesIO, StringIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.core.db import db
from app.lists import fields, queries
from app.lists.fields import Wanted
from app.lists.models import Contact, Segment
from app.lists.states import FieldKind
from app.reports import parts, profile
from app.reports.parts import Part
from app.reports.people import Group as Reaction
from app.reports.people import Wanted as WantedPeople
from app.reports.people import people
from app.sending.models import Delivery, Launch
from app.tracking.models import Event
from tests.reports.sample import mailing
from tests.support.workspaces import Place

BORN = ["1990-01-01", "2001-12-31", "1999-06-15", "2000-02-29", None, "1955-07-07"]
KINDS: dict[str, tuple[FieldKind, list[Any]]] = {
    "town": (FieldKind.TEXT, ["부산", "서울", "서울", "", "50% off"]),
    "born": (FieldKind.DATE, BORN),
    "points": (FieldKind.NUMBER, [0, 12.5, 99, 100, None, -7]),
    "grade": (FieldKind.CHOICE, ["gold", "silver", None]),
    "tags": (FieldKind.CHOICES, [["a", "b"], ["b"], [], None]),
    "day": (FieldKind.BIRTHDAY, ["01-31", "12-01", None]),
    "vip": (FieldKind.YES_NO, [True, False, None]),
}


@pytest.fixture
def sent(workspace: Place) -> int:
    """A mailing to people of many kinds."""
    mailing_id = mailing(workspace)
    with workspace.inside():
        for key, (kind, _values) in KINDS.items():
            fields.create_field(Wanted(key, kind, ["gold", "silver", "a", "b"]))
        for number, contact in enumerate(db.session.scalars(sa.select(Contact).order_by(Contact.id))):
            said = {key: values[number % len(values)] for key, (_kind, values) in KINDS.items()}
            contact.fields = {key: value for key, value in said.items() if value is not None}
        db.session.execute(sa.update(Launch).values(started_at=sa.func.make_timestamptz(2026, 6, 14, 3, 0, 0)))
    return mailing_id


def readers(place: Place, mailing_id: int) -> list[tuple[dict[str, Any], Any, set[str]]]:
    """Return each recipient's fields, ledger row and what they did, from the raw tables."""
    with place.inside():
        rows = db.session.execute(
            sa.select(Contact.fields, Delivery.seq, Delivery.state)
            .join(Delivery, Delivery.contact_id == Contact.id)
            .where(Delivery.mailing_id == mailing_id)
            .order_by(Delivery.seq)
        ).all()
        events = list(db.session.scalars(sa.select(Event).where(Event.mailing_id == mailing_id, Event.human)))
        return [(row.fields, row, {e.kind for e in events if e.seq == row.seq}) for row in rows]


def age(born: str) -> int:
    """Years on 14 June 2026, counted another way: how many birthdays there were."""
    year, rest = int(born[:4]), born[5:]
    return sum(1 for each in range(year + 1, 2027) if (each, rest) <= (2026, "06-14"))


def in_range(value: float | None, part: Part) -> bool:
    if not part.value:
        return value is None
    low, high = map(float, part.value.split(".."))
    return value is not None and low <= value < high


BELONGS: dict[str, Callable[[Any, Part], bool]] = {
    "born": lambda value, part: in_range(age(value) if value else None, part),
    "points": in_range,
    "tags": lambda value, part: part.value in (value or []) if part.value else not value,
    "day": lambda value, part: (value or "")[:2] == part.value,
    "vip": lambda value, part: {True: "true", False: "false", None: ""}[value] == part.value,
}


@pytest.mark.parametrize("key", KINDS)
def test_every_group_of_a_field_is_recounted(key: str, workspace: Place, sent: int) -> None:
    belongs = BELONGS.get(key, lambda value, part: (value or "") == part.value)
    everybody = readers(workspace, sent)
    with workspace.inside():
        groups = profile.by_field(sent, parts.known_field(key))
        listed = {
            group.part: {p.seq for p in people(sent, WantedPeople(part=group.part or Part()))} for group in groups
        }
    seen: set[int] = set()
    for group in groups:
        assert group.part is not None
        them = [row for row in everybody if belongs(row[0].get(key), group.part)]
        assert group.people == len(them), group
        assert group.accepted == sum(row[1].state == 2 for row in them)
        assert group.openers == sum(bool(row[2]) for row in them)
        assert group.clickers == sum("click" in row[2] for row in them)
        assert listed[group.part] == {row[1].seq for row in them}
        seen |= listed[group.part]
    assert seen == {row[1].seq for row in everybody}
    assert len(groups) > 1


def test_ages_come_in_decades_and_young_dates_in_years(workspace: Place, sent: int) -> None:
    with workspace.inside():
        bands = [group.part.value for group in profile.by_field(sent, parts.known_field("born")) if group.part]
        assert bands == ["20..30", "30..40", "70..80", ""]
        db.session.execute(sa.text("""UPDATE contacts SET fields = '{"born": "2024-01-01"}'"""))
        bands = [group.part.value for group in profile.by_field(sent, parts.known_field("born")) if group.part]
        assert bands == ["2..3"]


def test_many_values_end_in_others(workspace: Place, sent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "MOST_VALUES", 1)
    with workspace.inside():
        groups = profile.by_field(sent, parts.known_field("town"))
    assert [group.part and group.part.value for group in groups] == ["서울", None, ""]
    assert sum(group.people for group in groups) == 12


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9))
def test_bands_of_numbers_are_few_and_cover_all(low: float, width: float) -> None:
    step = profile.nice_step(low, low + width)
    assert step > 0
    assert (low + width) // step - low // step <= profile.MOST_BANDS


@pytest.mark.parametrize("value", ["20..30", "0..1", "77..78"])
def test_ages_as_days_of_birth(value: str) -> None:
    day = date(2026, 6, 14)
    first, last = parts.born_between(value, day)
    low, high = map(int, value.split(".."))
    assert low <= age(last.isoformat()) < high
    assert low <= age(first.isoformat()) < high
    assert age(first.replace(day=first.day - 1).isoformat()) == high


def test_more_openers_than_delivered_are_no_error() -> None:
    """A server may send a mail back after its reader has opened it."""
    assert profile.Group(None, people=3, accepted=1, openers=2, clickers=0).opened.interval[1] == 1.0


def test_lists_and_segments_that_it_went_to(workspace: Place, sent: int) -> None:
    everybody = readers(workspace, sent)
    with workspace.inside():
        segment = Segment(
            title="Seoul", condition={"of": {"all": [{"what": "field:town", "is": "is", "value": ["서울"]}]}}
        )
        db.session.add(segment)
        db.session.flush()
        list_id = queries.lists()[0].id
        audience = queries.Audience(lists=(list_id,), segments=(segment.id,))
        db.session.execute(sa.update(Launch).values(audience=audience.frozen().stored()))
        on_list, in_segment = profile.by_source(sent, audience)
        assert (on_list.part, in_segment.part) == (Part(list_id=list_id), Part(segment_id=segment.id))
    assert (on_list.people, on_list.accepted, on_list.openers, on_list.clickers) == (12, 9, 5, 2)
    them = [row for row in everybody if row[0].get("town") == "서울"]
    assert (in_segment.people, in_segment.accepted) == (len(them), sum(row[1].state == 2 for row in them))
    assert in_segment.openers == sum(bool(row[2]) for row in them)


def test_the_page_its_csv_and_its_workbook_say_the_same(client: FlaskClient, workspace: Place, sent: int) -> None:
    page = client.get(f"/reports/{sent}/readers?field=grade")
    assert page.status_code == 200
    assert "gold" in page.text
    assert f"/reports/{sent}/people?group=opened&amp;field=grade&amp;value=gold" in page.text
    text = client.get(f"/reports/{sent}/readers?field=grade&as=csv").text
    rows = list(csv.reader(StringIO(text.lstrip("\ufeff"))))
    book = CalamineWorkbook.from_filelike(BytesIO(client.get(f"/reports/{sent}/readers?field=grade&as=xlsx").data))
    sheet = book.get_sheet_by_name("grade").to_python()
    assert [row[0] for row in sheet] == [row[0] for row in rows] == ["grade", "gold", "silver", "Not known"]
    assert [[float(cell or 0) for cell in row[1:4]] for row in sheet[1:]] == [
        [float(cell) for cell in row[1:4]] for row in rows[1:]
    ]
    assert client.get(f"/reports/{sent}/readers?field=grade&as=csv&table=1").text.startswith("\ufeffList or segment")
    assert client.get(f"/reports/{sent}/readers?as=csv&table=9").status_code == 404


def test_a_part_of_the_people_can_be_kept_as_a_segment(client: FlaskClient, workspace: Place, sent: int) -> None:
    for key in KINDS:
        with workspace.inside():
            groups = profile.by_field(sent, parts.known_field(key))
        for group in groups:
            assert group.part is not None
            url = f"/reports/{sent}/segments?group={Reaction.ALL}&field={key}&value={group.part.value}"
            made = client.post(url)
            page = client.get(made.location)
            assert page.status_code == 200
            assert f"{group.people:,}" in unescape(page.text), url


def test_another_workspace_sees_nothing(other_client: FlaskClient, sent: int) -> None:
    assert other_client.get(f"/reports/{sent}/readers").status_code == 404
