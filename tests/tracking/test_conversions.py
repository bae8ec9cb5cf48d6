"""Orders: told by the shop, signed, counted once, credited to the last click of a person."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from redis import Redis

from app.core import clock
from app.core.db import db
from app.core.tokens import BadToken, click_mark, read_click_mark, recipient_token
from app.lists import tracking
from app.reports.audit import differences
from app.sending.models import Delivery
from app.tenants import conversions as choices
from app.tenants.queries import current_workspace
from app.tracking import queries as tracked
from app.tracking import stream
from app.tracking.conversions import Order, signature
from app.tracking.models import Conversion, ConversionCount, Event
from app.tracking.service import record_events
from app.tracking.stream import TrackEvent, TrackStream
from tests.reports.sample import Fate, event, mailing
from tests.support.workspaces import Place

DAY = 86_400.0


@pytest.fixture(autouse=True)
def noted(workspace: Place, redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrackStream]:
    monkeypatch.setattr(stream, "STREAM", f"track:orders:{workspace.id}")
    yield TrackStream(redis_server, "test")
    redis_server.delete(stream.STREAM)


@pytest.fixture
def shop(workspace: Place) -> Place:
    with workspace.inside():
        choices.choose(["example.com"], days=7)
    return workspace


def fields(place: Place, order: str, amount: str, who: str) -> dict[str, str]:
    with place.inside():
        sign = signature(current_workspace(), Order(order, amount, who))
    return {"order": order, "amount": amount, "who": who, "sign": sign}


def tell(place: Place, order: str = "A-1", amount: str = "39000", who: str = "") -> int:
    return place.anonymous().post("/t/s", data=fields(place, order, amount, who)).status_code


def ingest(place: Place, noted: TrackStream, *, later: float = 0.0) -> int:
    entries = noted.read(100, 0)
    noted.ack([entry.id for entry in entries])
    with place.inside():
        return record_events([_later(entry.event, later) for entry in entries])


def _later(one: TrackEvent, seconds: float) -> TrackEvent:
    values = {name: getattr(one, name) for name in one.__struct_fields__}
    return TrackEvent(**{**values, "at": one.at + seconds})


def counts(place: Place) -> dict[int, tuple[int, Decimal]]:
    with place.inside():
        return {row.mailing_id: (row.orders, row.revenue) for row in db.session.scalars(sa.select(ConversionCount))}


def clicked(
    place: Place, seq: int = 1, *, ago: float = 60.0, link: int = 2, human: bool = True, code: str = "a"
) -> int:
    made = mailing(place, Fate(opened=0, clicked=0), code=code)
    click = event(place, made, seq, "click", clock.now().timestamp() - ago, link=link, human=human)
    with place.inside():
        record_events([click])
    return made


def test_a_link_to_the_shop_carries_a_mark_and_no_other_does(shop: Place) -> None:
    made = mailing(shop, Fate(opened=0, clicked=0))
    token = recipient_token(shop.id, made, 3)
    target = urlsplit(shop.anonymous().get(f"/t/c/{token}/1").headers["Location"])
    assert (target.hostname, target.path) == ("example.com", "/story")
    mark = parse_qs(target.query)["mp"][0]
    with shop.inside():
        assert read_click_mark(shop.id, mark) == (made, 3)
        choices.choose(["other.example"], days=7)
    assert shop.anonymous().get(f"/t/c/{token}/1").headers["Location"] == "https://example.com/story"


def test_the_mark_opens_nothing_and_is_of_one_workspace(shop: Place, other_workspace: Place) -> None:
    with shop.inside():
        mark = click_mark(shop.id, 7, 3)
        with pytest.raises(BadToken):
            read_click_mark(other_workspace.id, mark)
        with pytest.raises(BadToken):
            read_click_mark(shop.id, recipient_token(shop.id, 7, 3))
    for path in ("o/{}.gif", "u/{}", "v/{}", "h/{}", "c/{}/1"):
        assert shop.anonymous().get("/t/" + path.format(mark)).status_code == 404


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_a_mark_cannot_be_made_up(workspace: Place, made_up: bytes) -> None:
    with workspace.inside(), pytest.raises(BadToken):
        read_click_mark(workspace.id, made_up.decode("latin-1"))


@pytest.mark.parametrize("by", ["mark", "address"])
def test_an_order_is_credited_to_the_click(shop: Place, noted: TrackStream, by: str) -> None:
    made = clicked(shop, 3)
    with shop.inside():
        address = db.session.scalars(sa.select(Delivery.address).where(Delivery.mailing_id == made, Delivery.seq == 3))
        who = click_mark(shop.id, made, 3) if by == "mark" else address.one().upper()
    assert tell(shop, who=who) == 202
    assert ingest(shop, noted) == 1
    assert counts(shop) == {made: (1, Decimal("39000.00"))}
    with shop.inside():
        order = db.session.scalars(sa.select(Conversion)).one()
        assert (order.order_id, order.mailing_id, order.seq, order.link) == ("A-1", made, 3, 2)
        kinds = set(db.session.scalars(sa.select(Event.kind).where(Event.mailing_id == made, Event.seq == 3)))
        assert kinds == {"click", "conversion"}


def test_the_picture_tells_it_too(shop: Place, noted: TrackStream) -> None:
    made = clicked(shop)
    asked = fields(shop, "A-2", "12.50", "reader1@a.example.com")
    answer = shop.anonymous().get("/t/s.gif", query_string=asked)
    assert (answer.status_code, answer.mimetype) == (200, "image/gif")
    ingest(shop, noted)
    assert counts(shop) == {made: (1, Decimal("12.50"))}


def test_an_order_told_twice_counts_once(shop: Place, noted: TrackStream) -> None:
    made = clicked(shop)
    for _ in range(2):
        tell(shop, who="reader1@a.example.com")
    ingest(shop, noted)
    tell(shop, amount="1", who="reader1@a.example.com")
    assert ingest(shop, noted) == 0
    assert counts(shop) == {made: (1, Decimal("39000.00"))}


@pytest.mark.parametrize(
    ("ago", "human", "who"),
    [
        (8 * DAY, True, "reader1@a.example.com"), (-60.0, True, "reader1@a.example.com"),
        (60.0, False, "reader1@a.example.com"), (60.0, True, "reader2@a.example.com"),
        (60.0, True, "stranger@example.com"), (60.0, True, ""),
    ],
    ids=["too long ago", "after the order", "a machine's", "of another", "of a stranger", "of nobody"],
)  # fmt: skip
def test_a_click_that_is_not_the_buyers_gets_no_credit(
    shop: Place, noted: TrackStream, ago: float, human: bool, who: str
) -> None:
    clicked(shop, ago=ago, human=human)
    tell(shop, who=who)
    assert ingest(shop, noted) == 0
    assert counts(shop) == {0: (1, Decimal("39000.00"))}


def test_the_last_click_gets_it(shop: Place, noted: TrackStream) -> None:
    first = clicked(shop, ago=300.0)
    with shop.inside():
        contact = sa.select(Delivery.contact_id).where(Delivery.mailing_id == first, Delivery.seq == 1)
        contact_id = db.session.scalars(contact).one()
    second = clicked(shop, ago=30.0, code="b")
    with shop.inside():
        mine = (Delivery.mailing_id == second, Delivery.seq == 1)
        db.session.execute(sa.update(Delivery).where(*mine).values(contact_id=contact_id))
    tell(shop, who="reader1@a.example.com")
    ingest(shop, noted)
    assert set(counts(shop)) == {second}


def test_of_who_is_not_tracked_no_click_is_looked_for(shop: Place, noted: TrackStream) -> None:
    made = clicked(shop)
    with shop.inside():
        mine = sa.select(Delivery.contact_id).where(Delivery.mailing_id == made, Delivery.seq == 1)
        tracking.set_tracked(db.session.scalars(mine).one(), False)
    tell(shop, who="reader1@a.example.com")
    ingest(shop, noted)
    assert set(counts(shop)) == {0}


@pytest.mark.parametrize("changed", ["order", "amount", "who", "sign"])
def test_what_is_not_signed_is_refused(shop: Place, noted: TrackStream, changed: str) -> None:
    said = fields(shop, "A-1", "100", "reader1@a.example.com")
    said[changed] = {"amount": "900", "sign": "0" * 64}.get(changed, "another")
    assert shop.anonymous().post("/t/s", data=said).status_code == 403
    assert noted.read(10, 0) == []


@pytest.mark.parametrize(
    ("order", "amount"),
    [("", "1"), ("x" * 101, "1"), ("A", ""), ("A", "-1"), ("A", "1,000"), ("A", "1.234"), ("A", "٣")],
)
def test_what_is_no_order_is_refused(shop: Place, noted: TrackStream, order: str, amount: str) -> None:
    assert tell(shop, order, amount) == 422
    assert noted.read(10, 0) == []


def test_a_new_key_ends_the_old_one(shop: Place) -> None:
    said = fields(shop, "A-1", "100", "")
    shop.client().post("/settings/orders/keys")
    assert shop.anonymous().post("/t/s", data=said).status_code == 403
    assert tell(shop) == 202


def test_the_settings_take_addresses_as_people_paste_them(client: FlaskClient, workspace: Place) -> None:
    client.post(
        "/settings/orders", data={"shop_hosts": "https://Shop.Example.com/cart\nb.example", "conversion_days": 30}
    )
    with workspace.inside():
        place = current_workspace()
        assert (place.shop_hosts, place.conversion_days) == ("shop.example.com b.example", 30)
        key = choices.key_of(place)
    page = client.get("/settings/orders").text
    assert "shop.example.com\nb.example" in page
    assert key in page
    refused = client.post("/settings/orders", data={"shop_hosts": "my shop!", "conversion_days": 0})
    assert refused.status_code == 422
    assert "my\nshop!" in refused.text or "my shop!" in refused.text


def test_the_report_says_what_mailings_earned(shop: Place, client: FlaskClient, noted: TrackStream) -> None:
    made = clicked(shop, 3)
    with shop.inside():
        mark = click_mark(shop.id, made, 3)
    tell(shop, "A-1", "39000", mark)
    tell(shop, "A-2", "1000.50", mark)
    tell(shop, "A-3", "7")
    ingest(shop, noted)
    page = client.get("/conversions").text
    assert "2 orders came after a click: 40,000.5 together" in page
    assert "1 more order follows no click." in page
    book = CalamineWorkbook.from_filelike(BytesIO(client.get("/conversions?as=xlsx").data))
    _head, row = book.get_sheet_by_index(0).to_python()
    assert row[1:4] == [2.0, 40000.5, 1.0]
    orders = client.get(f"/reports/{made}/orders").text
    assert "reader3@a.example.com" in orders
    assert "A-3" not in orders
    report = client.get(f"/reports/{made}").text
    assert f"/reports/{made}/orders" in report
    with shop.inside():
        assert tracked.buyers(made) == 1
        assert differences(made) == []
        db.session.execute(sa.text("UPDATE conversion_counts SET orders = 9 WHERE mailing_id = :id"), {"id": made})
        assert [(each.counter, each.kept, each.counted) for each in differences(made)] == [("orders", 9, 2)]


def test_without_orders_the_report_says_how(client: FlaskClient) -> None:
    assert "No shop has told us of an order yet" in client.get("/conversions").text


def test_another_workspace_sees_no_order_and_tells_none_of_ours(
    shop: Place, other_workspace: Place, other_client: FlaskClient, noted: TrackStream
) -> None:
    made = clicked(shop)
    said = fields(shop, "A-1", "100", "reader1@a.example.com")
    assert other_workspace.anonymous().post("/t/s", data=said).status_code == 403
    tell(shop, who="reader1@a.example.com")
    ingest(shop, noted)
    assert other_client.get(f"/reports/{made}/orders").status_code == 404
    assert counts(other_workspace) == {}
    with other_workspace.inside():
        assert db.session.scalars(sa.select(Conversion)).all() == []
