"""A town of workspaces, each with people, a mailing that was sent and an owner who is signed in.

``python -m bench.town 2000`` runs in one process of the product and prints a JSON list: the host, the cookie and some
pages of each workspace.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask
from flask import session as cookie_session

from app.core.access import Role
from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.tenants import session
from app.tenants.queries import Workspace, workspace
from bench.audience import Shape, html_of
from config.settings import Settings

AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
)
PEOPLE = 50
# Everything below is of workspaces whose slug begins so.
TOWN = "FROM tenants t WHERE t.slug LIKE 'town-%'"
SETTLING = (
    """
    INSERT INTO tenants (slug, name, state, plan_code, locale, timezone, sender_name, sender_address)
    SELECT 'town-' || n, 'Harbour Paper ' || n, 'active', 'business', 'ko', 'Asia/Seoul', 'Harbour',
           'news@town-' || n || '.example' FROM generate_series(1, :count) n
    """,
    f"""
    INSERT INTO accounts (email, name, password_hash, verified_at, locale)
    SELECT 'owner@' || t.slug || '.example', 'Owner', '-', now(), 'ko' {TOWN}
    """,
    """
    INSERT INTO members (tenant_id, account_id, role)
    SELECT t.id, a.id, 'owner' FROM tenants t JOIN accounts a ON a.email = 'owner@' || t.slug || '.example'
    """,
    "INSERT INTO sessions (tenant_id, account_id, way) SELECT tenant_id, account_id, 'password' FROM members",
    f"INSERT INTO lists (tenant_id, code, title) SELECT t.id, 'daily', 'Daily' {TOWN}",
    f"""
    INSERT INTO contacts (tenant_id, address, address_key, name)
    SELECT t.id, 'reader' || n || '@mail.example', 'reader' || n || '@mail.example', 'Reader ' || n
    FROM (SELECT t.id {TOWN}) t, generate_series(1, :people) n
    """,
    """
    INSERT INTO subscriptions (tenant_id, list_id, contact_id, state)
    SELECT c.tenant_id, l.id, c.id, 'subscribed' FROM contacts c JOIN lists l ON l.tenant_id = c.tenant_id
    """,
    f"""
    INSERT INTO mailings (tenant_id, subject, html, sender_name, sender_address, list_ids)
    SELECT t.id, 'Harbour news', :html, t.sender_name, t.sender_address, ARRAY[l.id]
    FROM (SELECT t.* {TOWN}) t JOIN lists l ON l.tenant_id = t.id
    """,
    """
    INSERT INTO launches (tenant_id, mailing_id, state, kind, subject, html, sender_name, sender_address, list_ids,
        planned_at, started_at, finished_at, total, accepted, fed_through)
    SELECT m.tenant_id, m.id, 'finished', m.kind, m.subject, m.html, m.sender_name, m.sender_address, m.list_ids,
        now() - interval '1 day', now() - interval '1 day', now() - interval '23 hours', :people, :people, :people
    FROM mailings m
    """,
    """
    INSERT INTO deliveries (tenant_id, mailing_id, seq, contact_id, address, state, answered_at)
    SELECT c.tenant_id, l.mailing_id, row_number() OVER (PARTITION BY c.tenant_id ORDER BY c.id), c.id, c.address, 2,
        l.started_at FROM contacts c JOIN launches l ON l.tenant_id = c.tenant_id
    """,
    """
    INSERT INTO mailing_reactions (tenant_id, mailing_id, openers, opens)
    SELECT tenant_id, mailing_id, total / 2, total FROM launches
    """,
    """
    INSERT INTO hour_reactions (tenant_id, mailing_id, hour, opens)
    SELECT tenant_id, mailing_id, date_trunc('hour', started_at) + make_interval(hours => n), total / 10
    FROM launches, generate_series(0, 9) n
    """,
    """
    INSERT INTO day_counts (tenant_id, day, accepted)
    SELECT tenant_id, started_at::date, accepted FROM launches
    """,
)


def settle(count: int) -> None:
    """Make the workspaces and all that is in them, as the owner."""
    with control_plane(), unit_of_work():
        for statement in SETTLING:
            values = {"count": count, "people": PEOPLE, "html": html_of(Shape(PEOPLE))}
            wanted = {name: value for name, value in values.items() if f":{name}" in statement}
            db.session.execute(sa.text(statement), wanted)
    with control_plane(), db.session.connection().engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE"))


def owners() -> list[sa.Row[tuple[int, ...]]]:
    """Return tenant, member, account, session, list and mailing of each workspace."""
    query = """
        SELECT m.tenant_id, m.id, m.account_id, s.id, l.id, x.mailing_id FROM members m
        JOIN sessions s USING (tenant_id, account_id) JOIN lists l USING (tenant_id) JOIN launches x USING (tenant_id)
        ORDER BY m.tenant_id
    """
    with control_plane():
        return list(db.session.execute(sa.text(query)))


def cookie_of(app: Flask, place: Workspace, member_id: int, account_id: int, session_id: int) -> str:
    """Return the cookie of an owner who has signed in from this machine."""
    person = session.SignedIn(
        id=member_id, account_id=account_id, auth_epoch=1, role=Role.OWNER, name="Owner", email="", locale="ko",
        theme="auto", verified=True, session_id=session_id,
    )  # fmt: skip
    here = {"REMOTE_ADDR": "127.0.0.1"}
    with app.test_request_context(base_url=place.url, environ_overrides=here, headers={"User-Agent": AGENT}):
        session.begin(person)
        answer = app.make_response("")
        app.session_interface.save_session(app, cookie_session, answer)  # type: ignore[arg-type]
        return answer.headers["Set-Cookie"].partition(";")[0]


def addresses(dispatcher: Dispatcher) -> Iterator[dict[str, object]]:
    with dispatcher.site.app_context():
        settled = owners()
    for tenant_id, member_id, account_id, session_id, list_id, mailing_id in settled:
        with dispatcher.site.app_context():
            place = workspace(tenant_id)
        assert place is not None
        cookie = cookie_of(dispatcher.tenants.app_for(place), place, member_id, account_id, session_id)
        pages = ["/", "/lists", f"/lists/{list_id}", "/contacts", "/status", f"/reports/{mailing_id}", "/settings"]
        yield {"host": place.url.partition("://")[2], "cookie": cookie, "pages": pages}


def main() -> None:
    parser = argparse.ArgumentParser(description="A town of workspaces.")
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    dispatcher = Dispatcher(Settings.from_env())
    with dispatcher.site.app_context():
        settle(options.count)
    print(json.dumps(list(addresses(dispatcher))))


if __name__ == "__main__":
    main()
