"""A workspace with a crowd, and how fast its pages, searches, segments and launches are.

``python -m bench.crowd 1000000`` runs in one process of the product and prints one JSON object of figures.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import time
from collections.abc import Callable, Iterable

import sqlalchemy as sa

from app.compose.models import Mailing
from app.core import clock
from app.core.access import Role
from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.lists import service
from app.lists.fields import Wanted, create_field
from app.lists.recipients import Audience
from app.lists.segments import saved
from app.lists.segments.preview import preview
from app.lists.segments.rules import Rule
from app.lists.states import FieldKind
from app.sending import queries as sending
from app.sending import service as sending_service
from app.sending.service import LaunchOrder
from app.sending.states import must_move
from app.sending.terms import Lane, LaunchState
from app.tenants.models import Account, Member, Tenant, TenantState
from app.tenants.queries import Workspace, workspace
from app.tenants.service import Way, open_session
from bench.audience import Shape, html_of
from config.settings import Settings

FAMILIES, FIRST, SECOND = "김이박최정강조윤장임", "민서지영현수은재도하", "수연우희준아진호원경"
DOMAINS = ("gmail.com", "naver.com", "daum.net", "example.org")
TOWNS = ("서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종")
WORDS = ("reader77", "naver", "민수", "김민", "수@", "reader123456", "nobody-has-this", "최도원 gmail", "9.org", "777")
TYPICAL = {"of": {"all": [
    {"what": "list", "is": "subscribed", "value": []},
    {"what": "field:town", "is": "is", "value": ["부산"]},
    {"what": "field:age", "is": "ge", "value": [30]},
    {"what": "opened", "is": "last_days", "value": [30]},
]}}  # fmt: skip
EVERYBODY = {"of": {"all": [{"what": "known_since", "is": "last_days", "value": [30]}]}}


def lines(count: int) -> Iterable[str]:
    for n in range(count):
        name = FAMILIES[n % 10] + FIRST[n // 10 % 10] + SECOND[n // 100 % 10]
        address = f"reader{n}@{DOMAINS[n % 4]}"
        values = json.dumps({"town": TOWNS[n % 8], "age": n % 70 + 10}, ensure_ascii=False)
        yield "\t".join((address, address, name, values)) + "\n"


def copy_people(tenant: int, count: int) -> None:
    """Bring the people in by COPY, as the owner: row-level security refuses it to the tenant's role."""
    columns = "tenant_id, address, address_key, name, fields"
    with control_plane(), unit_of_work():
        driver = db.session.connection().connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY contacts ({columns}) FROM STDIN") as copying:  # type: ignore[union-attr]
            buffer = io.StringIO()
            for number, line in enumerate(lines(count), 1):
                buffer.write(f"{tenant}\t{line}")
                if number % 20_000 == 0 or number == count:
                    copying.write(buffer.getvalue())
                    buffer = io.StringIO()


def make(count: int, dispatcher: Dispatcher) -> tuple[int, int]:
    """Make the workspace; return its number and its owner's account."""
    with dispatcher.site.app_context(), control_plane(), unit_of_work():
        tenant = Tenant(slug="crowd", name="Crowd", locale="ko", timezone="Asia/Seoul", state=TenantState.ACTIVE,
                        plan_code="newspaper")  # fmt: skip
        account = Account(email="owner@bench.example", name="Owner", password_hash="-", verified_at=clock.now())
        db.session.add_all([tenant, account])
        db.session.flush()
        db.session.add(Member(tenant_id=tenant.id, account_id=account.id, role=Role.OWNER))
        made = tenant.id, account.id
    with dispatcher.site.app_context():
        copy_people(made[0], count)
    return made


def fill(list_id: int, *, everybody: bool = False) -> None:
    """Put nine of ten people (or all) on the list, and say which fields they have."""
    db.session.execute(
        sa.text(
            "INSERT INTO subscriptions (list_id, contact_id, state, source, consent)"
            " SELECT :list, id, 'subscribed', 'import', 'asked' FROM contacts WHERE :everybody OR id % 10 > 0"
        ),
        {"list": list_id, "everybody": everybody},
    )
    create_field(Wanted("town", FieldKind.TEXT))
    create_field(Wanted("age", FieldKind.NUMBER))


def order(list_id: int, segment_id: int | None) -> int:
    html = html_of(Shape(0))
    mailing = Mailing(subject="Harbour news", html=html)
    db.session.add(mailing)
    db.session.flush()
    who = Audience(segments=(segment_id,)) if segment_id else Audience.of_lists([list_id])
    sending_service.schedule_launch(
        LaunchOrder(
            mailing_id=mailing.id, kind="newsletter", lane=Lane.NORMAL, subject="Harbour news", sender_name="Harbour",
            sender_address="news@bench.example", reply_to="", html=html, audience=who, report_to=[], author_id=None,
            planned_at=clock.now(),
        )
    )  # fmt: skip
    must_move(mailing.id, LaunchState.LAUNCHING, started_at=clock.now())
    return mailing.id


def launched(mailing_id: int) -> float:
    """Launch, which writes the ledger; return the seconds it took."""
    started = time.perf_counter()
    with unit_of_work():
        sending_service.launch_mailing(mailing_id)
    took = time.perf_counter() - started
    launch = sending.launch(mailing_id)
    assert launch is not None
    assert launch.total > 0
    return took


def milliseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def slowest_p95(acts: dict[str, Callable[[], object]], times: int) -> tuple[float, str]:
    """Return the p95 of the slowest of these acts, in milliseconds, and which it was."""
    found: dict[str, float] = {}
    for name, act in acts.items():
        act()
        found[name] = statistics.quantiles([milliseconds(act) for _ in range(times)], n=20)[-1]
    worst = max(found, key=lambda name: found[name])
    return found[worst], worst


def measure(count: int, times: int) -> dict[str, object]:
    dispatcher = Dispatcher(Settings.from_env())
    tenant_id, account_id = make(count, dispatcher)
    place = workspace_of(dispatcher, tenant_id)
    app = dispatcher.tenants.app_for(place)
    with app.app_context(), unit_of_work():
        list_id = service.create_list("crowd", title="Crowd").id
        fill(list_id)
        typical, everybody = (saved.create(Rule(title, rule)).id for title, rule in
                              (("Typical", TYPICAL), ("Everybody", EVERYBODY)))  # fmt: skip
        first = order(list_id, None)
    with dispatcher.site.app_context(), control_plane(), db.session.connection().engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE"))
    with app.app_context():
        figures: dict[str, object] = {"contacts": count, "list_1m_s": launched(first)}
        with unit_of_work():
            db.session.execute(
                sa.text(
                    "INSERT INTO reactions (mailing_id, seq, opened_at, opens)"
                    " SELECT mailing_id, seq, now(), 1 FROM deliveries WHERE seq % 3 = 0"
                )
            )
            second = order(list_id, everybody)
        with unit_of_work():
            db.session.execute(sa.text("UPDATE deliveries SET state = 2, answered_at = now() WHERE seq % 50 = 0"))
    with dispatcher.site.app_context(), control_plane(), db.session.connection().engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE"))
    with app.app_context():
        figures["segment_count_ms"] = statistics.median(milliseconds(_typical) for _ in range(3))
        figures["audience_1m_s"] = launched(second)
    figures.update(pages(app, place.url, account_id, list_id, typical, times))
    return figures


def _typical() -> None:
    with unit_of_work():
        assert preview(Rule("Typical", TYPICAL)).count > 0


def workspace_of(dispatcher: Dispatcher, tenant_id: int) -> Workspace:
    with dispatcher.site.app_context():
        found = workspace(tenant_id)
        assert found is not None
        return found


def signed_in(app: object, url: str, account_id: int) -> Callable[[str], Callable[[], object]]:
    """Return what makes of a path an act: to ask for it as a member, and read the answer to its end."""
    with app.app_context(), unit_of_work():  # type: ignore[attr-defined]
        opened = open_session(account_id, way=Way.PASSWORD, place="127.0.0.0/24", device="Benchmark")
    client = app.test_client()  # type: ignore[attr-defined]
    with client.session_transaction(base_url=url) as session:
        session["_user_id"], session["_fresh"] = f"{account_id}:1:{opened}", True

    def get(path: str) -> Callable[[], object]:
        def ask() -> None:
            answer = client.get(path, base_url=url)
            assert answer.status_code == 200, (path, answer.status_code)
            for _piece in answer.iter_encoded():
                pass
            answer.close()

        return ask

    return get


def pages(app: object, url: str, account_id: int, list_id: int, segment_id: int, times: int) -> dict[str, object]:
    get = signed_in(app, url, account_id)
    with app.app_context():  # type: ignore[attr-defined]
        middle = db.session.scalar(sa.text("SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY id) FROM contacts"))
    paths = (
        "/lists", f"/lists/{list_id}", f"/lists/{list_id}?before={middle}", f"/lists/{list_id}?state=subscribed",
        f"/lists/{list_id}?sort=name", f"/lists/{list_id}?sort=address&before={middle}",
        "/contacts", f"/contacts?before={middle}", "/contacts?sort=address", f"/contacts?sort=name&before={middle}",
        f"/contacts/{middle}", "/segments", "/suppressions",
    )  # fmt: skip
    searches = [f"{page}?q={word}" for page in ("/contacts", f"/lists/{list_id}") for word in WORDS]
    page_ms, page = slowest_p95({path: get(path) for path in paths}, times)
    search_ms, search = slowest_p95({path: get(path) for path in searches}, times)
    return {"page_p95_ms": page_ms, "search_p95_ms": search_ms, "slowest": f"{page} and {search}"}


def main() -> None:
    parser = argparse.ArgumentParser(description="A crowd, and how fast it is to work with.")
    parser.add_argument("count", type=int)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    print(json.dumps(measure(options.count, options.times), ensure_ascii=False))


if __name__ == "__main__":
    main()
