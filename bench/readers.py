"""A mailing that many people got and opened, and how fast its report is.

``python -m bench.readers 1000000`` runs in one process of the product and prints one JSON object of figures.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.lists import service
from app.reports import audit
from app.sending import service as sending
from app.sending.ledger import Answer
from app.sending.terms import DeliveryState
from app.tracking.service import record_events
from app.tracking.stream import TrackEvent, new_key
from bench.crowd import fill, launched, make, milliseconds, order, signed_in, slowest_p95, workspace_of
from config.settings import Settings

BATCH = 5_000
OPENS, CLICKS = 5, 1
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 NAVER(inapp; search; 1200; 12.7.1)",
)


def answers(total: int) -> Iterator[Answer]:
    """One in a hundred bounces, the rest is accepted, ten thousand a minute."""
    begin = clock.now()
    for seq in range(1, total + 1):
        at = begin + timedelta(minutes=seq // 10_000)
        if seq % 100:
            yield Answer(seq, DeliveryState.ACCEPTED, at, code=250, reply="2.0.0 taken", host="mx.example")
        else:
            yield Answer(
                seq, DeliveryState.BOUNCED, at, code=552, bounce="mailbox_full", reply="5.2.2 full", hard=False
            )


def events(tenant_id: int, mailing_id: int, total: int) -> Iterator[TrackEvent]:
    """Every other person opens five times, once by a machine, and clicks once, over three days: three events a head."""
    begin = clock.now().timestamp()
    for seq in range(1, total + 1, 2):
        first = begin + seq * 7919 % 72 * 3600
        for number in range(OPENS + CLICKS):
            at = first + number * 5400
            machine, click = number == 0, number == OPENS
            yield TrackEvent(
                tenant_id=tenant_id, mailing_id=mailing_id, seq=seq, kind="click" if click else "open", at=at,
                key=new_key(at), link=1 if click else 0, human=not machine, reason="apple_privacy" if machine else "",
                user_agent=BROWSERS[seq % 3], language="ko",
            )  # fmt: skip


def come_in(app: Any, tenant_id: int, mailing_id: int, total: int) -> None:
    """Take everything in as ingest does, a unit of work a batch."""
    with app.app_context():
        said, done = answers(total), events(tenant_id, mailing_id, total)
        while piece := list(islice(said, BATCH)):
            with unit_of_work():
                sending.record_answers(mailing_id, piece)
        while batch := list(islice(done, BATCH)):
            with unit_of_work():
                record_events(batch)


def measure(count: int, times: int) -> dict[str, object]:
    dispatcher = Dispatcher(Settings.from_env())
    tenant_id, account_id = make(count, dispatcher)
    place = workspace_of(dispatcher, tenant_id)
    app = dispatcher.tenants.app_for(place)
    with app.app_context(), unit_of_work():
        list_id = service.create_list("crowd", title="Crowd").id
        fill(list_id, everybody=True)
        mailing_id = order(list_id, None)
    with app.app_context():
        launched(mailing_id)
    come_in(app, tenant_id, mailing_id, count)
    with dispatcher.site.app_context(), control_plane(), db.session.connection().engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE"))
    with app.app_context():
        assert audit.differences(mailing_id) == []
        counted = db.session.scalar(sa.text("SELECT count(*) FROM events"))
    return {"recipients": count, "events": counted, **asked(app, place.url, account_id, mailing_id, count, times)}


def asked(app: Any, url: str, account_id: int, mailing_id: int, count: int, times: int) -> dict[str, object]:
    get, report = signed_in(app, url, account_id), f"/reports/{mailing_id}"
    overview = (report, f"{report}/delivery", f"{report}/map", f"{report}/clients")
    groups = ("all", "delivered", "opened", "clicked", "unopened", "unreached", "clicked&link=1")
    people = [f"{report}/people?group={group}{after}" for group in groups for after in ("", f"&after={count // 2}")]
    report_ms, page = slowest_p95({path: get(path) for path in overview}, times)
    people_ms, persons = slowest_p95({path: get(path) for path in people}, times)
    readers = get(f"{report}/readers?field=town")
    first_ms, readers_ms = milliseconds(readers), statistics.median(milliseconds(readers) for _ in range(3))
    seconds = milliseconds(get(f"{report}/report.xlsx")) / 1000
    # The unit of ru_maxrss is a kibibyte on Linux, a byte on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    return {
        "report_p95_ms": report_ms, "people_p95_ms": people_ms, "readers_first_ms": first_ms, "readers_ms": readers_ms,
        "xlsx_1m_s": seconds,
        "xlsx_rss_mb": peak, "slowest": f"{page} and {persons}",
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="A mailing that was read, and how fast its report is.")
    parser.add_argument("count", type=int)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    print(json.dumps(measure(options.count, options.times), ensure_ascii=False))


if __name__ == "__main__":
    main()
